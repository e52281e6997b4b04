// TCP sockets.  All are close-on-exec and non-blocking.
//
// An address is a value: numeric text, port, family.  IPv4 addresses that arrive dressed up as
// IPv6 ("::ffff:192.0.2.1") are shown as IPv4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/time.h"
#include "os/fd.h"

namespace nacre {

struct SocketAddress {                                            // where a socket is
    IpFamily family = IpFamily::any;                              // v4 or v6 in a finished address
    std::string host{};                                           // numeric; "fe80::1%eth0" keeps its scope
    std::uint16_t port = 0;

    friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

// Only what is already numeric; no lookup.
std::optional<SocketAddress> numeric_address(std::string_view host, std::uint16_t port);
// "192.0.2.1:22", "[2001:db8::1]:22".
std::string to_text(const SocketAddress& address);

struct ConnectOptions {                                           // what may be special about a connection
    std::optional<SocketAddress> from{};                          // BindAddress; port 0: any
    bool keep_alive = false;                                      // TCPKeepAlive
    std::optional<int> traffic_class{};                           // IPQoS, set before the first packet
};

// Begins to connect.  Once writable, connect_outcome() says how it went.
Result<Fd> start_connect(const SocketAddress& to, const ConnectOptions& options = {});
Result<void> connect_outcome(int socket);                         // how a connection that was started has ended
// Waits, at most for `patience` if given (then os_error is ETIMEDOUT).
Result<Fd> connect_and_wait(const SocketAddress& to, const ConnectOptions& options = {},
                            std::optional<Duration> patience = std::nullopt);

struct ListenOptions {                                            // what may be special about a listener
    int backlog = 128;
    std::string routing_domain{};                                 // a VRF device, if not empty
};

// Non-blocking, ready for accept_connection().
Result<Fd> listen_on(const SocketAddress& address, const ListenOptions& options = {});

struct Accepted {                                                 // somebody who has connected
    Fd socket;
    SocketAddress peer;
};

// Nothing: nobody is waiting (any more).
Result<std::optional<Accepted>> accept_connection(int listener);

Result<void> set_no_delay(int socket);                            // TCP_NODELAY; harmless on other sockets
// Acknowledges what has come at once (TCP_QUICKACK); the kernel forgets it soon, so say it again after each receiving.
Result<void> acknowledge_now(int socket);
Result<void> set_keep_alive(int socket, bool on);                 // the kernel asks a silent peer whether it is there
Result<void> set_traffic_class(int socket, int dscp_shifted);     // IP_TOS, IPV6_TCLASS, or both, by its family
Result<void> set_unsent_low_water(int socket, std::size_t bytes); // TCP_NOTSENT_LOWAT

bool is_socket(int fd);                                           // of whatever kind
bool is_ip_socket(int fd);                                        // TCP or the like, over IPv4 or IPv6
Result<SocketAddress> local_address(int socket);                  // its own end
std::string bound_device(int socket);                             // SO_BINDTODEVICE, also of a VRF; empty: none
Result<SocketAddress> peer_address(int socket);                   // the other end

// Whoever is sent away gets so long to read why: to close while something that he sent is unread makes the kernel take back
// what he was told.  So: say it, shut_down(sending), and close when he has closed, or after this time.
inline constexpr Duration time_to_leave = std::chrono::seconds{1};
enum class ShutDown { receiving, sending, both };                 // which direction
Result<void> shut_down(int socket, ShutDown which);               // a peer that is gone already is no error

} // namespace nacre
