// PRIVILEGED: runs in sshd-session as root.  How it comes to its sshd-net.
#pragma once

#include <optional>

#include "base/log.h"
#include "os/process.h"
#include "server/message_socket.h"
#include "server/network_messages.h"
#include "server/startup.h"

namespace nacre {

// Executed once (server/network_zygote.h); it lives until `orders` and all copies of that are closed and the last process that
// was ordered has ended.
struct NetworkZygoteChild {
    Child process;
    MessageSocket orders;
};
Result<NetworkZygoteChild> start_network_zygote(const Startup& startup);

// One more sshd-net: our end of what joins us.  That it could not be made shows there: the other end is closed.
Result<MessageSocket> order_network_process(MessageSocket& orders, const ServerOptions& options, Log& log);

// Says that we have nothing more to say, and waits until it has ended, or was ended for taking too long.  Nothing: how it
// ended nobody could tell.
std::optional<NetworkEnded> await_end(MessageSocket& network);

} // namespace nacre
