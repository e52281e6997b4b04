// Listens at one place, and hands over whoever connects there.
#pragma once

#include <functional>
#include <memory>

#include "os/event_loop.h"
#include "os/fd.h"
#include "os/socket.h"

namespace nacre {

class Listener {
public:
    using OnConnection = std::function<void(Accepted)>;           // who has come

    // Port 0 is any that is free.  `on_connection` is called from the loop, and may destroy the listener.  Where the
    // process has no descriptors left, those who come wait.
    static Result<std::unique_ptr<Listener>> listen(EventLoop& loop, const SocketAddress& where, OnConnection on_connection);
    ~Listener();

    const SocketAddress& address() const { return address_; }     // where it listens, with the port that it has got

private:
    Listener(EventLoop& loop, Fd socket, SocketAddress address, OnConnection on_connection);
    void accept() noexcept;                                       // an exception of on_connection ends the process

    EventLoop& loop_;
    Fd socket_;
    SocketAddress address_;
    OnConnection on_connection_;
    std::unique_ptr<Watch> watch_;                                // goes before the socket
    std::unique_ptr<Timer> again_;                                // when there were no descriptors
    bool* gone_ = nullptr;                                        // while accept() is at work: it tells that
};

} // namespace nacre
