// Connecting to the target of a forwarding without making anybody wait: names are looked up beside the loop, sockets are
// non-blocking.  Of several addresses the first to answer is taken (RFC 8305, as in os/connect_race, but in the loop).
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
    using Outcome = std::function<void(Result<Fd>)>;              // how it went

    // `on_outcome` is called once, from the loop, never from here: a connected non-blocking socket, or what failed last.
    // It may destroy the connector.
    Connector(EventLoop& loop, ConnectTarget target, IpFamily family, Outcome on_outcome);
    // The same where the addresses are known.
    Connector(EventLoop& loop, std::vector<SocketAddress> addresses, Outcome on_outcome);
    ~Connector();

    const ConnectTarget& target() const { return target_; }       // where to

private:
    void try_path(unsigned attempts_before);
    void look_up(IpFamily family);
    void try_addresses(std::vector<SocketAddress> addresses);
    void start_next();                                            // of addresses_, from next_ on
    void outcome_of(int socket);
    void settle(Result<Fd> outcome);                              // in the next round

    EventLoop& loop_;
    ConnectTarget target_;
    Outcome on_outcome_;
    std::unique_ptr<Lookup> lookup_;
    struct Attempt {
        Fd socket;
        std::unique_ptr<Watch> watch;                             // goes before the socket
    };
    // A peer may ask for many connections at once, so each holds few sockets: one of either family and one more.
    static constexpr std::size_t most_at_once = 3;

    std::vector<SocketAddress> addresses_;
    std::size_t next_ = 0;
    std::vector<Attempt> running_;
    Error last_;
    std::unique_ptr<Timer> later_;                                // the next one starts beside those
    std::unique_ptr<Timer> soon_;
};

} // namespace nacre
