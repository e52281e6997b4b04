// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/reap.h"

#include <poll.h>

#include <csignal>

namespace nacre {
namespace {

constexpr int patience = 2000;                                    // milliseconds

} // namespace

void reap(Child& process)
{
    if (!process.is_running())
        return;
    pollfd ended{process.pidfd().number(), POLLIN, 0};
    if (::poll(&ended, 1, patience) <= 0)
        (void)process.send_signal(SIGKILL);
    (void)process.wait();
}

} // namespace nacre
