// Connecting to the target of a forwarding without making anybody wait: names are looked up beside the loop, each
// address is tried in turn, sockets are non-blocking.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "os/background_resolve.h"
#include "os/event_loop.h"
#include "os/socket.h"

namespace nacre {

// A TCP service, or a Unix socket where `path` is not empty.
struct ConnectTarget {
    std::string host{};
    std::uint16_t port = 0;
    std::string path{};
};
std::string to_text(const ConnectTarget& target);                 // printable: "host port 80", or the path

// One attempt to connect; destroyed, it is given up.
class Connector {
public:
    using Outcome = std::function<void(Result<Fd>)>;

    // `on_outcome` is called once, from the loop, never from here: a connected non-blocking socket, or what failed last.
    // It may destroy the connector.
    Connector(EventLoop& loop, ConnectTarget target, IpFamily family, Outcome on_outcome);
    // The same where the addresses are known.
    Connector(EventLoop& loop, std::vector<SocketAddress> addresses, Outcome on_outcome);
    ~Connector();

    const ConnectTarget& target() const { return target_; }

private:
    void look_up(IpFamily family);
    void try_next();                                              // of addresses_, from next_ on
    void outcome_of(int socket);
    void settle(Result<Fd> outcome);                              // in the next round

    EventLoop& loop_;
    ConnectTarget target_;
    Outcome on_outcome_;
    std::unique_ptr<Lookup> lookup_;
    std::vector<SocketAddress> addresses_;
    std::size_t next_ = 0;
    Error last_;
    Fd socket_;
    std::unique_ptr<Watch> watch_;
    std::unique_ptr<Timer> soon_;
};

} // namespace nacre
