// What CHANNEL_OPEN carries, kind by kind (RFC 4254 §6.1, §7.2; OpenSSH's own: PROTOCOL.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// RFC 4254 §6.1  Opening a Session
struct SessionChannel {
    static constexpr std::string_view name = "session";
    using fields = Fields<>;
};

// RFC 4254 §7.2  TCP/IP Forwarding Channels
struct ForwardedTcpip {
    static constexpr std::string_view name = "forwarded-tcpip";
    std::string_view connected_address{};
    std::uint32_t connected_port = 0;
    std::string_view originator_address{};
    std::uint32_t originator_port = 0;
    using fields = Fields<&ForwardedTcpip::connected_address, &ForwardedTcpip::connected_port,
                          &ForwardedTcpip::originator_address, &ForwardedTcpip::originator_port>;
};
struct DirectTcpip {                                              // the client wants to reach a TCP service
    static constexpr std::string_view name = "direct-tcpip";
    std::string_view host{};
    std::uint32_t port = 0;
    std::string_view originator_address{};
    std::uint32_t originator_port = 0;
    using fields =
        Fields<&DirectTcpip::host, &DirectTcpip::port, &DirectTcpip::originator_address, &DirectTcpip::originator_port>;
};

// OpenSSH's forwarding of Unix sockets (their PROTOCOL §2.4): as §7.2 has it for TCP, with fields kept free.
struct DirectStreamlocal {
    static constexpr std::string_view name = "direct-streamlocal@openssh.com";
    std::string_view path{};
    std::string_view reserved{};
    std::uint32_t reserved_number = 0;
    using fields = Fields<&DirectStreamlocal::path, &DirectStreamlocal::reserved, &DirectStreamlocal::reserved_number>;
};
struct ForwardedStreamlocal {                                     // somebody has connected to a forwarded path
    static constexpr std::string_view name = "forwarded-streamlocal@openssh.com";
    std::string_view path{};
    std::string_view reserved{};
    using fields = Fields<&ForwardedStreamlocal::path, &ForwardedStreamlocal::reserved>;
};

// RFC 4254 §6.3.2  X11 Channels
struct X11Channel {
    static constexpr std::string_view name = "x11";
    std::string_view originator_address{};
    std::uint32_t originator_port = 0;
    using fields = Fields<&X11Channel::originator_address, &X11Channel::originator_port>;
};

// A network interface at each end (OpenSSH's PROTOCOL §2.3).  Each CHANNEL_DATA is one packet: of `ethernet` a frame, of
// `point_to_point` a TunnelFamily as uint32 and an IP packet.
enum class TunnelKind : std::uint32_t { point_to_point = 1, ethernet = 2 };
// Of a packet.
enum class TunnelFamily : std::uint32_t { ipv4 = 2, ipv6 = 24 };   // OpenBSD's numbers, everywhere
struct TunnelChannel {                                            // a tunnel is opened
    static constexpr std::string_view name = "tun@openssh.com";
    static constexpr std::uint32_t any_unit = 0x7fffffff;         // the opener leaves the choice to the other side
    TunnelKind kind{};                                            // any number on the wire: check it
    std::uint32_t unit = any_unit;
    using fields = Fields<&TunnelChannel::kind, &TunnelChannel::unit>;
};

// A program at the server's end speaks to the client's agent (RFC 9987), by OpenSSH's name
struct AgentChannel {
    static constexpr std::string_view name = "auth-agent@openssh.com";
    using fields = Fields<>;
};
// The same for clients that asked by the RFC's name
struct StandardAgentChannel {
    static constexpr std::string_view name = "agent-connect";
    using fields = Fields<>;
};

} // namespace nacre
