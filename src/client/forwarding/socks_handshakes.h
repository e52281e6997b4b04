// Programs that have connected to a dynamic forwarding and not yet said where they want to go.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "base/log.h"
#include "connection/socks.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "os/socket.h"

namespace nacre {

class SocksHandshakes {
public:
    // The destination is known.  `already_read` came behind the request; the answer is still to be given.
    using OnDestination = std::function<void(Fd socket, const SocketAddress& from, SocksNegotiation said, Bytes already_read)>;

    SocksHandshakes(EventLoop& loop, OnDestination on_destination, Log& log)
        : loop_(loop), on_destination_(std::move(on_destination)), log_(log)
    {
    }

    void add(Fd socket, const SocketAddress& from);

    static constexpr std::size_t most_waiting = 128;              // the one that has waited longest gives way

private:
    struct Handshake {
        Fd socket;
        SocketAddress from;
        SocksNegotiation negotiation{};
        ByteVector input{};                                       // at most SocksNegotiation::longest_message
        std::unique_ptr<Watch> watch{};
    };
    using Place = std::list<Handshake>::iterator;
    void read(Place place);

    EventLoop& loop_;
    OnDestination on_destination_;
    Log& log_;
    std::list<Handshake> handshakes_;
};

} // namespace nacre
