// The way to the server: directly (client/direct_connection), or by a program that makes it (ProxyCommand, ProxyJump).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "client/configuration.h"
#include "client/direct_connection.h"
#include "os/process.h"
#include "os/socket.h"
#include "runtime/connection_driver.h"

namespace nacre {

struct ServerLink {
    Link link;
    std::optional<SocketAddress> peer;                            // nothing behind a program
    std::optional<Child> proxy;
    std::optional<ConnectTimes> times{};                          // of a direct connection
    Fd proxy_errors{};                                            // to be passed on: client/proxy_errors.h

    std::string shown() const;                                    // "[192.0.2.1]:22", or "via proxy"
};

// How the last of these hosts (of jumps_to()) is made to connect us.
Result<SpawnRequest> jump_command(const Configuration& configuration, std::string_view jumps, unsigned verbosity);

// Waits.  The error is the sentence to show.  `interactive` chooses which half of IPQoS applies.
Result<ServerLink> connect_to_server(const Configuration& configuration, bool interactive, Log& log);

} // namespace nacre
