// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/listener_orders.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <string>

#include "base/log.h"
#include "os/system_error.h"
#include "server/network_messages.h"

namespace nacre {
namespace {

// Why it ended, if it has said so.
std::string last_words(MessageSocket& ended)
{
    std::string words;
    for (auto message = ended.receive(); message && *message; message = ended.receive())
        if (auto line = decode<LogLine>((*message)->payload); line && line->level == static_cast<std::uint8_t>(LogLevel::error))
            words = line->text;
    return words;
}

} // namespace

Result<std::optional<ReceivedMessage>> wait_for_order(MessageSocket& listener, MessageSocket& needed)
{
    std::array<pollfd, 2> both{pollfd{listener.fd(), POLLIN, 0}, pollfd{needed.fd(), 0, 0}};
    while (::poll(both.data(), both.size(), -1) < 0)
        if (errno != EINTR)
            return errno_failure("poll");
    if (both[1].revents != 0) {
        auto words = last_words(needed);
        return system_failure(words.empty() ? "sshd-net ended before a connection came" : words);
    }
    return listener.receive();
}

} // namespace nacre
