#include "tools/keyscan/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/contract.h"
#include "base/text.h"
#include "keys/public_key.h"
#include "os/print.h"
#include "os/resolve.h"
#include "tools/keyscan/print.h"

namespace nacre::keyscan {

namespace {

// The two ends of a pipe, and what getaddrinfo(3) opens: files, sockets to a daemon and to name servers.
constexpr std::size_t descriptors_of_lookup = 8;

} // namespace

Scan::Scan(EventLoop& loop, const Settings& settings, Targets targets, std::size_t at_once, Random& random, Log& log)
    : loop_(loop), settings_(settings), targets_(std::move(targets)), at_once_(std::clamp<std::size_t>(at_once, 1, most_at_once)),
      random_(random), log_(log)
{
}

void Scan::run()
{
    for (fill(); !running_.empty() || !lookups_.empty();)
        loop_.run_once();
}

void Scan::fill()
{
    if (filling_)
        return;                                                   // a conversation ended within its own start
    filling_ = true;
    while (has_room() && (start_job() || start_search()))
        continue;
    filling_ = false;
}

bool Scan::has_room() const { return running_.size() + descriptors_of_lookup * lookups_.size() < at_once_; }

bool Scan::start_job()
{
    if (jobs_.empty())
        return false;
    auto& started = running_.emplace_back(Running{std::move(jobs_.front()), nullptr});
    jobs_.pop_front();
    Conversation::Plan plan{started.job.addresses, algorithms_for(started.job.type, settings_.certificates),
                            settings_.patience};
    Conversation::Owner& owner = *this;
    started.conversation = std::make_unique<Conversation>(loop_, std::move(plan), random_, log_, owner);
    started.conversation->start();
    return true;
}

bool Scan::start_search()
{
    if (searches_.empty()) {
        auto target = targets_.next();
        if (!target)
            return false;
        if (target->candidates.empty())                           // nothing but commas
            return true;
        auto host = std::make_shared<Host>(Host{std::move(target->names), target->of_network, {}});
        searches_.push_back({std::move(host), std::move(target->candidates), settings_.types});
    }
    auto search = std::move(searches_.front());
    searches_.pop_front();
    ResolveRequest request{
        .host = search.candidates.front(), .port = settings_.port, .family = settings_.family, .numeric_only = true};
    if (auto address = resolve(request)) {                        // needs no thread
        queue_jobs(search, address->addresses);
        return true;
    }
    request.numeric_only = false;
    auto& started = lookups_.emplace_back(LookingUp{std::move(search), nullptr});
    auto lookup = resolve_in_background(loop_, std::move(request), [this, &started](const Result<Resolved>& resolved) {
        looked_up(started, resolved);
    });
    if (lookup)
        started.lookup = std::move(*lookup);
    else
        looked_up(started, fail(std::move(lookup.error())));
    return true;
}

void Scan::queue_jobs(const Search& search, const std::vector<SocketAddress>& addresses)
{
    for (auto& type : search.types)
        jobs_.push_back({search.host, search.candidates, type, addresses});
}

void Scan::looked_up(LookingUp& by, const Result<Resolved>& resolved)
{
    auto search = std::move(by.search);
    lookups_.remove_if([&](auto& each) { return &each == &by; });
    if (resolved) {
        queue_jobs(search, resolved->addresses);
    } else {
        tell_once(*search.host, LogLevel::error,
                  fmt::format("getaddrinfo {}: {}", printable(search.candidates.front()), resolved.error().what));
        search_next(std::move(search));
    }
    fill();
}

void Scan::search_next(Search failed)
{
    failed.candidates.erase(failed.candidates.begin());
    if (!failed.candidates.empty())
        searches_.push_back(std::move(failed));
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
    auto comment = fmt::format("{} {}:{} {}\n", settings_.dns_records ? ';' : '#', running(by).job.candidates.front(),
                               settings_.port, printable(line));
    std::fwrite(comment.data(), 1, comment.size(), stderr);
}

void Scan::key_shown(Conversation& by, Bytes blob)
{
    auto& job = running(by).job;
    auto key = PublicKey::from_blob(blob);
    if (!key)
        return log_.error("{}: {}", printable(job.candidates.front()), key.error().what);
    found_any_ = true;
    auto lines = lines_for(settings_, job.host->names, *key, random_);
    // At once: what was found is not lost if we are interrupted.
    write_text(stdout, lines);
    flush_text(stdout);
}

void Scan::tell(const Job& job, const Error& error)
{
    // Addresses of a network with nobody there, and servers without a key of the type, are no news in a scan.
    bool nobody = error.os_error == ECONNREFUSED || error.os_error == ETIMEDOUT;
    bool expected = (nobody && job.host->of_network) || error.kind == ErrorKind::incompatible;
    tell_once(*job.host, expected ? LogLevel::verbose : LogLevel::error,
              fmt::format("{}: {}", printable(job.candidates.front()), error.what));
}

void Scan::tell_once(Host& host, LogLevel level, const std::string& sentence)
{
    if (host.said.insert(sentence).second)
        log_.say(level, "{}", sentence);
}

void Scan::ended(Conversation& by, const Result<void>& outcome)
{
    auto found = std::ranges::find(running_, &by, [](auto& each) { return each.conversation.get(); });
    if (found == running_.end())
        return;
    if (!outcome) {
        auto& job = found->job;
        tell(job, outcome.error());
        // Who has no key of the type has answered.
        if (outcome.error().kind != ErrorKind::incompatible)
            search_next({std::move(job.host), std::move(job.candidates), {std::move(job.type)}});
    }
    running_.erase(found);
    fill();
}

} // namespace nacre::keyscan
