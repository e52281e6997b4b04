#include "tools/keyscan/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/contract.h"
#include "base/text.h"
#include "keys/public_key.h"
#include "os/resolve.h"
#include "tools/keyscan/print.h"

namespace nacre::keyscan {

Scan::Scan(EventLoop& loop, const Settings& settings, Targets targets, std::size_t at_once, Random& random, Log& log)
    : loop_(loop), settings_(settings), targets_(std::move(targets)), at_once_(std::clamp<std::size_t>(at_once, 1, most_at_once)),
      random_(random), log_(log)
{
}

void Scan::run()
{
    for (fill(); !running_.empty();)
        loop_.run_once();
}

void Scan::fill()
{
    if (filling_)
        return;                                                   // a conversation ended within its own start
    filling_ = true;
    while (running_.size() < at_once_ && (!jobs_.empty() || prepare_next_host())) {
        auto& started = running_.emplace_back(Running{std::move(jobs_.front()), nullptr});
        jobs_.pop_front();
        Conversation::Plan plan{started.job.addresses, algorithms_for(started.job.type, settings_.certificates),
                                settings_.patience};
        Conversation::Owner& owner = *this;
        started.conversation = std::make_unique<Conversation>(loop_, std::move(plan), random_, log_, owner);
        started.conversation->start();
    }
    filling_ = false;
}

// Finds a host with an address and puts its jobs into the queue; false when there is no host left.
bool Scan::prepare_next_host()
{
    while (auto target = targets_.next()) {
        for (auto& candidate : target->candidates) {
            auto resolved = resolve({.host = candidate, .port = settings_.port, .family = settings_.family});
            if (!resolved) {
                log_.error("getaddrinfo {}: {}", printable(candidate), resolved.error().what);
                continue;
            }
            ++hosts_begun_;
            for (auto& type : settings_.types)
                jobs_.push_back({hosts_begun_, resolved->addresses, candidate, target->names, type, target->of_network});
            return true;
        }
    }
    return false;
}

Scan::Running& Scan::running(const Conversation& conversation)
{
    auto found = std::ranges::find(running_, &conversation, [](auto& each) { return each.conversation.get(); });
    NACRE_EXPECTS(found != running_.end());
    return *found;
}

void Scan::version_heard(Conversation& by, std::string_view line)
{
    if (settings_.quiet)
        return;
    auto comment = fmt::format("{} {}:{} {}\n", settings_.dns_records ? ';' : '#', running(by).job.host, settings_.port,
                               printable(line));
    std::fwrite(comment.data(), 1, comment.size(), stderr);
}

void Scan::key_shown(Conversation& by, Bytes blob)
{
    auto& job = running(by).job;
    auto key = PublicKey::from_blob(blob);
    if (!key)
        return log_.error("{}: {}", printable(job.host), key.error().what);
    found_any_ = true;
    auto lines = lines_for(settings_, job.names, *key, random_);
    // At once: what was found is not lost if we are interrupted.
    could_write_ = std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size() && std::fflush(stdout) == 0 &&
                   could_write_;
}

bool Scan::is_being_asked(std::size_t host_number) const
{
    auto is_of_host = [&](const Job& job) { return job.host_number == host_number; };
    return std::ranges::any_of(jobs_, is_of_host) || std::ranges::any_of(running_, is_of_host, &Running::job);
}

bool Scan::is_news(std::size_t host_number, const Error& error)
{
    auto& said = last_said_[host_number];
    return std::exchange(said, error.what) != error.what;
}

void Scan::ended(Conversation& by, const Result<void>& outcome)
{
    auto found = std::ranges::find(running_, &by, [](auto& each) { return each.conversation.get(); });
    if (found == running_.end())
        return;
    if (!outcome) {
        // Addresses of a network with nobody there, and servers without a key of the type, are no news in a scan.
        auto& error = outcome.error();
        bool nobody = error.os_error == ECONNREFUSED || error.os_error == ETIMEDOUT;
        bool expected = (nobody && found->job.of_network) || error.kind == ErrorKind::incompatible;
        if (is_news(found->job.host_number, error))
            log_.say(expected ? LogLevel::verbose : LogLevel::error, "{}: {}", printable(found->job.host), error.what);
    }
    auto host = found->job.host_number;
    running_.erase(found);
    if (!is_being_asked(host))
        last_said_.erase(host);
    fill();
}

} // namespace nacre::keyscan
