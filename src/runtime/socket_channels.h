// Channels whose end here is a socket: every kind of forwarding, on both sides.
//
// Whoever opened or accepted the channel joins it with a connected socket and need not think of it again: data, ends
// and errors pass from one to the other, and the channel is closed when nothing can go either way any more.
#pragma once

#include <cstdint>
#include <deque>
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

    bool on(const Closed& event);                                 // false: not one of ours
    void close(ChannelId channel);                                // by our own will; Closed follows

    bool has(ChannelId channel) const { return joined_.contains(channel.value); }
    std::size_t count() const { return joined_.size(); }

    // Sockets that still have to take what their channel left behind; the oldest gives way.
    static constexpr std::size_t most_lingering = 64;

private:
    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    std::map<std::uint32_t, FdEndpoint*> joined_;                 // the driver owns them
    struct Lingering {
        std::unique_ptr<ChannelEndpoint> endpoint;
        std::unique_ptr<Timer> farewell;                          // it is not destroyed inside its own function
    };
    std::deque<std::unique_ptr<Lingering>> lingering_;
};

} // namespace nacre
