// The server's programs use our display (-X, -Y): each of their connections is a channel that ends at the X server, once
// it has shown the cookie that it was given.
#pragma once

#include <optional>

#include "base/log.h"
#include "client/forwarding/forwarded_connections.h"
#include "client/forwarding/x11_display.h"

namespace nacre {

class X11Forwarding {
public:
    X11Forwarding(EventLoop& loop, Connection& connection, ForwardedConnections& connections, X11Access access, Log& log);

    const X11Access& access() const { return access_; }
    void open(ChannelId channel, Bytes details);                  // x11

private:
    void join(ChannelId channel, Fd socket);

    EventLoop& loop_;
    Connection& connection_;
    ForwardedConnections& connections_;
    X11Access access_;
    Log& log_;
    std::optional<TimePoint> refuse_from_;                        // ForwardX11Timeout
};

} // namespace nacre
