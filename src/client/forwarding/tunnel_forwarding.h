// -w: a tun or tap device here, another one there, and packets between them.
#pragma once

#include <string>

#include "base/log.h"
#include "client/forwarding/forwarded_connections.h"
#include "config/client_options.h"
#include "connection/channel_kinds.h"
#include "os/tunnel_device.h"

namespace nacre {

class TunnelForwarding {
public:
    // Opens our device and asks the server for its own.  Tunnel must not be "no".
    static Result<TunnelForwarding> open(EventLoop& loop, ConnectionDriver& driver, Connection& connection,
                                         const ClientOptions& options, Log& log);

    const std::string& interface() const { return interface_; }   // "tun0"
    bool on(const Opened& event, ForwardedConnections& connections);   // false: not ours
    bool on(const OpenRefused& event);

private:
    TunnelForwarding(EventLoop& loop, ConnectionDriver& driver, OpenTunnel device, TunnelKind kind, ChannelId channel)
        : loop_(loop), driver_(driver), device_(std::move(device.fd)), interface_(std::move(device.interface)), kind_(kind),
          channel_(channel)
    {
    }

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Fd device_;                                                   // until the channel is open
    std::string interface_;
    TunnelKind kind_;
    ChannelId channel_;
};

} // namespace nacre
