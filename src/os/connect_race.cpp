#include "os/connect_race.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <utility>

#include "os/system_error.h"

namespace nacre {
namespace {

using Clock = std::chrono::steady_clock;

class Race {
public:
    Race(std::span<const ConnectCandidate> candidates, const RaceRules& rules, Log& log)
        : candidates_(candidates), rules_(rules), log_(log)
    {
    }

    RaceOutcome run()
    {
        for (;;) {
            auto now = Clock::now();
            while (may_start(now))
                start_next(now);
            if (running_.empty())
                return std::move(outcome_);
            if (wait(now))
                return std::move(outcome_);
            give_up_late_ones(Clock::now());
        }
    }

private:
    struct Attempt {
        const ConnectCandidate* candidate;
        Fd socket;
        std::optional<TimePoint> until;
    };

    bool is_room() const { return next_ < candidates_.size() && running_.size() < rules_.most_at_once; }
    bool may_start(TimePoint now) const { return is_room() && (running_.empty() || now >= next_start_); }

    void start_next(TimePoint now)
    {
        auto& candidate = candidates_[next_++];
        log_.debug1("Connecting to {} [{}] port {}.", rules_.name, candidate.to.host, candidate.to.port);
        auto socket = start_connect(candidate.to, candidate.how);
        if (!socket) {
            failed(candidate.to, std::move(socket.error()));
            return;
        }
        next_start_ = now + rules_.stagger;
        std::optional<TimePoint> until;
        if (rules_.patience)
            until = now + *rules_.patience;
        running_.push_back({&candidate, std::move(*socket), until});
    }

    void failed(const SocketAddress& to, Error why)
    {
        log_.debug1("connect to address {} port {}: {}", to.host, to.port, why.what);
        outcome_.failures.push_back({to, std::move(why)});
        next_start_ = {};                                         // no reason to wait any longer
    }

    int milliseconds_to_wait(TimePoint now) const
    {
        std::optional<TimePoint> until;
        auto not_after = [&](TimePoint time) { until = until ? std::min(*until, time) : time; };
        if (is_room())
            not_after(next_start_);
        for (auto& attempt : running_)
            if (attempt.until)
                not_after(*attempt.until);
        if (!until)
            return -1;
        auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - now).count();
        return static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
    }

    // True: one has won.
    bool wait(TimePoint now)
    {
        std::vector<pollfd> waiting;
        for (auto& attempt : running_)
            waiting.push_back({attempt.socket.number(), POLLOUT, 0});
        if (::poll(waiting.data(), waiting.size(), milliseconds_to_wait(now)) < 0) {
            if (errno != EINTR)
                fail_all(errno_failure("poll").error());
            return false;
        }
        std::vector<Attempt> still_running;
        for (std::size_t i = 0; i < running_.size(); ++i) {
            auto& attempt = running_[i];
            if (waiting[i].revents == 0) {
                still_running.push_back(std::move(attempt));
                continue;
            }
            auto connected = connect_outcome(attempt.socket.number());
            if (connected) {
                outcome_.peer = attempt.candidate->to;
                outcome_.socket = std::move(attempt.socket);
                return true;
            }
            failed(attempt.candidate->to, std::move(connected.error()));
        }
        running_ = std::move(still_running);
        return false;
    }

    void give_up_late_ones(TimePoint now)
    {
        std::erase_if(running_, [&](const Attempt& attempt) {
            bool late = attempt.until && now >= *attempt.until;
            if (late)
                failed(attempt.candidate->to, errno_failure("connect", ETIMEDOUT).error());
            return late;
        });
    }

    void fail_all(const Error& why)
    {
        for (auto& attempt : std::exchange(running_, {}))
            failed(attempt.candidate->to, why);
    }

    std::span<const ConnectCandidate> candidates_;
    RaceRules rules_;
    Log& log_;
    std::size_t next_ = 0;
    TimePoint next_start_{};
    std::vector<Attempt> running_;
    RaceOutcome outcome_;
};

} // namespace

std::vector<SocketAddress> take_turns(std::span<const SocketAddress> addresses)
{
    if (addresses.empty())
        return {};
    std::vector<SocketAddress> same, other, turns;
    for (auto& address : addresses)
        (address.family == addresses.front().family ? same : other).push_back(address);
    for (std::size_t i = 0; i < std::max(same.size(), other.size()); ++i)
        for (auto* family : {&same, &other})
            if (i < family->size())
                turns.push_back(std::move((*family)[i]));
    return turns;
}

std::string_view reason_of_connect(const Error& why)
{
    std::string_view what = why.what;
    constexpr std::string_view usual = "connect: ";
    return what.starts_with(usual) ? what.substr(usual.size()) : what;
}

RaceOutcome race_to_connect(std::span<const ConnectCandidate> candidates, const RaceRules& rules, Log& log)
{
    return Race{candidates, rules, log}.run();
}

} // namespace nacre
