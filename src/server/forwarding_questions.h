// What sshd-net asks the monitor about forwardings, and what it hears.
//
// Channels are named by sshd-net's own numbers, sessions as in session_questions.h; what belongs to none that exists
// already by a ticket, a number that sshd-net makes up and the answer repeats.  Each question marked → is answered exactly once, when its outcome
// is known: not in order.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// Bounds of one connection; sshd-net keeps to them by waiting, the monitor and sshd-user make sure.
namespace forwarding_limits {
// Connections being made for the client at a time.  Each takes up to three sockets, or a thread for its name.
inline constexpr std::size_t connecting = 256;
inline constexpr std::size_t connecting_lately = 64;              // of them: asked for within slow_after
inline constexpr std::chrono::seconds slow_after{2};
// Accepted here, not yet taken or refused by the client: by one listener, and by all.
inline constexpr std::size_t arriving = 64;
inline constexpr std::size_t arriving_in_all = 1024;              // there are no channels for more
inline constexpr std::size_t listeners = 128;                     // ports, sockets, displays, the agent's
inline constexpr std::size_t agent_waiting = 1024;                 // answers about the agent's socket, until it listens
inline constexpr std::size_t longest_host = 1025;                 // NI_MAXHOST
} // namespace forwarding_limits

// ---- sshd-net → monitor ------------------------------------------------------------------

// → ConnectionMade
struct AskTcp {
    static constexpr std::string_view name = "ask-tcp";
    static constexpr MessageNumber number{48};
    std::uint32_t channel = 0;
    std::string_view host;
    std::uint32_t port = 0;
    std::string_view originator_address;                          // for the log
    std::uint32_t originator_port = 0;
    using fields = Fields<&AskTcp::channel, &AskTcp::host, &AskTcp::port, &AskTcp::originator_address,
                          &AskTcp::originator_port>;
};

// → ConnectionMade
struct AskUnix {
    static constexpr std::string_view name = "ask-unix";
    static constexpr MessageNumber number{49};
    std::uint32_t channel = 0;
    std::string_view path;
    using fields = Fields<&AskUnix::channel, &AskUnix::path>;
};

// → ConnectionMade
struct AskTunnel {
    static constexpr std::string_view name = "ask-tunnel";
    static constexpr MessageNumber number{50};
    std::uint32_t channel = 0;
    std::uint32_t kind = 0;                                       // TunnelKind, unchecked
    std::uint32_t unit = 0;                                       // TunnelChannel::any_unit: any
    using fields = Fields<&AskTunnel::channel, &AskTunnel::kind, &AskTunnel::unit>;
};

// → ForwardAnswer
struct AskTcpListener {
    static constexpr std::string_view name = "ask-tcp-listener";
    static constexpr MessageNumber number{51};
    std::uint32_t ticket = 0;
    std::string_view address;
    std::uint32_t port = 0;                                       // 0: any that is free
    using fields = Fields<&AskTcpListener::ticket, &AskTcpListener::address, &AskTcpListener::port>;
};

// → ForwardAnswer
struct AskUnixListener {
    static constexpr std::string_view name = "ask-unix-listener";
    static constexpr MessageNumber number{52};
    std::uint32_t ticket = 0;
    std::string_view path;
    using fields = Fields<&AskUnixListener::ticket, &AskUnixListener::path>;
};

// → ForwardAnswer
struct CancelTcpListener {
    static constexpr std::string_view name = "cancel-tcp-listener";
    static constexpr MessageNumber number{53};
    std::uint32_t ticket = 0;
    std::string_view address;
    std::uint32_t port = 0;
    using fields = Fields<&CancelTcpListener::ticket, &CancelTcpListener::address, &CancelTcpListener::port>;
};

// → ForwardAnswer
struct CancelUnixListener {
    static constexpr std::string_view name = "cancel-unix-listener";
    static constexpr MessageNumber number{54};
    std::uint32_t ticket = 0;
    std::string_view path;
    using fields = Fields<&CancelUnixListener::ticket, &CancelUnixListener::path>;
};

// A display for that session.  → ForwardAnswer
struct AskDisplay {
    static constexpr std::string_view name = "ask-display";
    static constexpr MessageNumber number{55};
    std::uint32_t ticket = 0;
    std::uint32_t session = 0;
    bool single_connection = false;
    std::string_view protocol;
    std::string_view cookie;                                      // hexadecimal
    std::uint32_t screen = 0;
    using fields = Fields<&AskDisplay::ticket, &AskDisplay::session, &AskDisplay::single_connection, &AskDisplay::protocol,
                          &AskDisplay::cookie, &AskDisplay::screen>;
};

// A socket that leads to the client's agent, for that session.  → ForwardAnswer
struct AskAgent {
    static constexpr std::string_view name = "ask-agent";
    static constexpr MessageNumber number{56};
    std::uint32_t ticket = 0;
    std::uint32_t session = 0;
    using fields = Fields<&AskAgent::ticket, &AskAgent::session>;
};

// One ConnectionCame has found its channel, or the client refused it.
struct ArrivalSettled {
    static constexpr std::string_view name = "arrival-settled";
    static constexpr MessageNumber number{57};
    std::uint32_t listener = 0;
    using fields = Fields<&ArrivalSettled::listener>;
};

// ---- monitor → sshd-net ------------------------------------------------------------------

// With one descriptor if it was made: connected and non-blocking.
struct ConnectionMade {
    static constexpr std::string_view name = "connection-made";
    static constexpr MessageNumber number{73};
    std::uint32_t channel = 0;
    std::uint32_t failure = 0;                                    // OpenFailure (RFC 4254 §5.1), or 0: made
    std::string_view text;                                        // of the failure
    using fields = Fields<&ConnectionMade::channel, &ConnectionMade::failure, &ConnectionMade::text>;
};

struct ForwardAnswer {
    static constexpr std::string_view name = "forward-answer";
    static constexpr MessageNumber number{74};
    std::uint32_t ticket = 0;
    bool granted = false;
    std::uint32_t port = 0;                                       // of a TCP listener
    using fields = Fields<&ForwardAnswer::ticket, &ForwardAnswer::granted, &ForwardAnswer::port>;
};

enum class ListenerKind : std::uint8_t { tcp, unix_socket, display, agent };

// Somebody connected to a listener; with the descriptor.
struct ConnectionCame {
    static constexpr std::string_view name = "connection-came";
    static constexpr MessageNumber number{75};
    std::uint32_t listener = 0;                                   // for ArrivalSettled
    ListenerKind kind{};
    std::string_view address;                                     // as the client asked to listen; a path
    std::uint32_t port = 0;
    std::string_view originator_address;
    std::uint32_t originator_port = 0;
    using fields = Fields<&ConnectionCame::listener, &ConnectionCame::kind, &ConnectionCame::address,
                          &ConnectionCame::port, &ConnectionCame::originator_address, &ConnectionCame::originator_port>;
};

} // namespace nacre
