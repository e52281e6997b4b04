#include "os/signal_queue.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>

#include "os/signals.h"
#include "os/system_error.h"

namespace nacre {

namespace {

sigset_t set_of(std::span<const int> signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (int signal : signals)
        sigaddset(&set, signal);
    return set;
}

} // namespace

Result<SignalQueue> SignalQueue::hold(std::span<const int> signals)
{
    std::vector<int> held{signals.begin(), signals.end()};
    std::erase_if(held, is_ignored);                              // held back, they would be queued all the same
    auto set = set_of(held);
    Fd fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!fd)
        return errno_failure("signalfd");
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) < 0)              // last: what fails holds nothing back
        return errno_failure("sigprocmask");
    return SignalQueue{std::move(fd), held};
}

std::optional<int> SignalQueue::next()
{
    signalfd_siginfo info{};
    auto io = read_some(fd_.number(), {reinterpret_cast<std::uint8_t*>(&info), sizeof info});
    if (!io || io->bytes != sizeof info)
        return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

void SignalQueue::release()
{
    auto set = set_of(signals_);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

Result<int> wait_for_either(int first, int second)
{
    for (;;) {
        pollfd both[]{{first, POLLIN, 0}, {second, POLLIN, 0}};
        if (::poll(both, 2, -1) > 0)
            return both[0].revents != 0 ? 0 : 1;
        if (errno != EINTR)
            return errno_failure("poll");
    }
}

} // namespace nacre
