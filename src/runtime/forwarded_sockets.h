// Forwarding in a few lines: sockets on this side, channels to the other, joined until both have ended.
//
// Three ways lead in.  A connection has come to us, and the peer is to connect it further: open().  The peer has asked
// for a channel to some place: connect(), or accept() with a socket that is connected already.  From there on nobody
// needs to think of them: data and ends pass from one to the other, and what has come is delivered even where the peer
// closes its channel first.  SshClient and SshServer have one for each connection; who has a ConnectionDriver of his
// own makes one beside it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "connection/connection.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "runtime/connection_driver.h"
#include "runtime/connector.h"
#include "runtime/socket_channels.h"

namespace nacre {

class ForwardedSockets {
public:
    // All must live longer, and it must not be called once the loop or the driver is gone.
    ForwardedSockets(EventLoop& loop, ConnectionDriver& driver, Connection& connection)
        : loop_(loop), driver_(driver), connection_(connection), joined_(loop, driver, connection)
    {
    }

    // Asks for a channel, DirectTcpip for example (connection/channel_kinds.h), and joins the socket with it; a peer
    // that refuses has it closed.  False, and the socket is closed: there are Connection::most_channels, it is none, or
    // the connection is over.
    //     sockets.open(DirectTcpip{"db", 5432, "127.0.0.1", 4000}, std::move(socket));
    template <Declared Kind>
    bool open(const Kind& kind, Fd socket)
    {
        return open(Kind::name, encode(kind), std::move(socket));
    }
    bool open(std::string_view kind, Bytes details, Fd socket);   // the same of any kind

    // For an OpenRequested: connects beside the loop, then accepts the channel and joins both; where that fails, or
    // most_connecting are at it, refuses the channel.  Whether the peer may go there is for you to say before.
    void connect(ChannelId channel, ConnectTarget to);
    static constexpr std::size_t most_connecting = 256;           // at once
    // For an OpenRequested: accepts the channel and joins it with a connected socket.
    void accept(ChannelId channel, Fd socket);
    void join(ChannelId channel, Fd socket);                      // the same of a channel that is open already

    // Of the connection: closes all sockets.  Not from their functions.
    void end();

    // Where events are yours to hand on: all four, and this before the driver.  False: the channel is none of ours.
    bool handle(const Opened& event);
    bool handle(const OpenRefused& event);                        // the same
    bool handle(const PeerFinished& event);                       // the same
    bool handle(const Closed& event);                             // the same

private:
    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    SocketChannels joined_;
    std::map<std::uint32_t, Fd> opening_;                         // by channel, as all here
    std::map<std::uint32_t, std::unique_ptr<Connector>> connecting_;
};

} // namespace nacre
