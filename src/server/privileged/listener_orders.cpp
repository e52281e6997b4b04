// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/listener_orders.h"

#include <poll.h>

#include <array>
#include <cerrno>

#include "os/system_error.h"

namespace nacre {

Result<std::optional<ReceivedMessage>> wait_for_order(MessageSocket& listener, const MessageSocket& needed)
{
    std::array<pollfd, 2> both{pollfd{listener.fd(), POLLIN, 0}, pollfd{needed.fd(), 0, 0}};
    while (::poll(both.data(), both.size(), -1) < 0)
        if (errno != EINTR)
            return errno_failure("poll");
    if (both[1].revents != 0)
        return system_failure("sshd-net ended before a connection came");
    return listener.receive();
}

} // namespace nacre
