// Channels whose end here is a socket: every kind of forwarding, on both sides.
//
// Whoever opened or accepted the channel joins it with a connected socket and need not think of it again: data, ends
// and errors pass from one to the other, and the channel is closed when nothing can go either way any more.  A peer that
// closes it first waits until the socket has taken what came before.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "os/event_loop.h"
#include "os/fd.h"
#include "runtime/connection_driver.h"
#include "runtime/fd_endpoint.h"

namespace nacre {

class SocketChannels {
public:
    SocketChannels(EventLoop& loop, ConnectionDriver& driver, Connection& connection)
        : loop_(loop), driver_(driver), connection_(connection)
    {
    }

    // The channel is open and the socket connected and non-blocking.  `already_read` came from the socket before.
    void join(ChannelId channel, Fd socket, Bytes already_read = {});
    // The same for an endpoint that looks at the data before the socket does: `outer` owns `inner`.
    void join(ChannelId channel, std::unique_ptr<ChannelEndpoint> outer, FdEndpoint& inner);

    void on(const PeerFinished& event);                           // behind the driver
    bool on(const Closed& event);                                 // false: not one of ours
    void end();                                                   // the connection has ended: closes all sockets; not from theirs
    bool has(ChannelId channel) const { return joined_.contains(channel.value); }

private:
    struct Joined {
        FdEndpoint* endpoint;                                     // the driver owns it
        std::unique_ptr<Timer> farewell;                          // it is not destroyed inside its own function
    };

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    std::map<std::uint32_t, Joined> joined_;
};

} // namespace nacre
