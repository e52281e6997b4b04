// PRIVILEGED: sshd-net before it is anybody's.
#include "server/network_zygote.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <span>

#include "os/fd_passing.h"
#include "os/system_error.h"
#include "server/network_messages.h"

namespace nacre {
namespace {

constexpr std::chrono::seconds patience{2};                       // with a copy whose monitor has hung up
constexpr std::size_t news_of_a_copy = 3;

// Milliseconds from now on, for poll(2); -1: never.
int wait_until(std::optional<TimePoint> moment)
{
    if (!moment)
        return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*moment - std::chrono::steady_clock::now());
    return static_cast<int>(std::max(left, std::chrono::milliseconds{0}).count());
}

// The last that the monitor hears.  Where it has let no room, it sees that the socket has closed.
void tell_end(int monitor, const ExitStatus& status, bool overdue)
{
    auto message = encode(NetworkEnded{.code = static_cast<std::uint32_t>(status.code),
                                       .signal = static_cast<std::uint32_t>(status.signal),
                                       .overdue = overdue});
    (void)send_fds(monitor, message, {}, Blocking::no);
}

} // namespace

Result<std::optional<NetworkZygote::Inheritance>> NetworkZygote::run()
{
    while (orders_.is_open() || !copies_.empty()) {
        auto news = wait_for_news();
        for (std::size_t i = 0; i < copies_.size(); ++i) {
            auto of_copy = std::span{news}.subspan(news_of_a_copy * i, news_of_a_copy);
            if (is_over(copies_[i], of_copy[0].revents != 0, of_copy[1].revents != 0 || of_copy[2].revents != 0))
                copies_[i].process = {};
        }
        std::erase_if(copies_, [](const Copy& copy) { return copy.process.pid() < 0; });
        if (orders_.is_open() && news.back().revents != 0) {
            auto inheritance = take_order();
            if (!inheritance)                                     // the zygote's monitor sees it, and the copies live on
                orders_.close();
            else if (*inheritance)
                return inheritance;
        }
    }
    return std::nullopt;
}

// Of each copy the process, the monitor's socket and the monitor, and then, as long as there can be any, orders.
std::vector<pollfd> NetworkZygote::wait_for_news() const
{
    std::vector<pollfd> news;
    std::optional<TimePoint> first_end;
    for (auto& copy : copies_) {
        news.push_back({copy.process.pidfd().number(), POLLIN, 0});
        // Known to be over, they would be reported for ever.
        news.push_back({copy.must_end ? -1 : copy.monitor.fd(), POLLRDHUP, 0});
        news.push_back({copy.must_end ? -1 : copy.monitor_process.number(), POLLIN, 0});
        if (copy.must_end && (!first_end || *copy.must_end < *first_end))
            first_end = copy.must_end;
    }
    if (orders_.is_open())
        news.push_back({orders_.fd(), POLLIN, 0});
    while (::poll(news.data(), news.size(), wait_until(first_end)) < 0 && errno == EINTR)
        continue;
    return news;
}

// It has ended, and its monitor has been told how.
bool NetworkZygote::is_over(Copy& copy, bool has_ended, bool is_left)
{
    auto now = std::chrono::steady_clock::now();
    if (is_left)
        copy.must_end = now + patience;
    if (!has_ended && copy.must_end && *copy.must_end <= now) {
        copy.overdue = copy.process.send_signal(SIGKILL).has_value();
        copy.must_end = now + patience;
    }
    if (!has_ended)
        return false;
    if (auto status = copy.process.wait())
        tell_end(copy.monitor.fd(), *status, copy.overdue);
    return true;
}

// Comes back with something in the copy.
Result<std::optional<NetworkZygote::Inheritance>> NetworkZygote::take_order()
{
    auto order = TRY(orders_.receive());
    if (!order) {
        orders_.close();
        return std::nullopt;
    }
    TRY(decode<MakeNetworkProcess>(order->payload));
    if (order->fds.size() < 2 || order->fds.size() > 3)
        return bad_input("an order for a process without its socket and its monitor");
    Inheritance inheritance{MessageSocket{std::move(order->fds[0])}, {}, ::getpid()};
    if (order->fds.size() == 3)
        inheritance.moduli = std::move(order->fds[2]);
    auto forked = fork_process();
    if (!forked)                                                  // the monitor sees its socket close
        return std::nullopt;
    if (forked->side == ForkSide::parent) {
        copies_.push_back({std::move(forked->child), std::move(inheritance.monitor), std::move(order->fds[1])});
        return std::nullopt;
    }
    copies_.clear();
    orders_.close();
    close_all_from(3, std::array{inheritance.monitor.fd(), inheritance.moduli.number()});
    return inheritance;
}

} // namespace nacre
