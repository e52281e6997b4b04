// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/reap.h"

#include <poll.h>

#include <csignal>

namespace nacre {
namespace {

constexpr int patience = 2000;                                    // milliseconds

} // namespace

std::optional<ExitStatus> reap(Child& process)
{
    if (!process.is_running())
        return std::nullopt;
    pollfd ended{process.pidfd().number(), POLLIN, 0};
    if (::poll(&ended, 1, patience) <= 0)
        (void)process.send_signal(SIGKILL);
    auto status = process.wait();
    return status ? std::optional{*status} : std::nullopt;
}

} // namespace nacre
