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
    std::string_view connected_address;
    std::uint32_t connected_port = 0;
    std::string_view originator_address;
    std::uint32_t originator_port = 0;
    using fields = Fields<&ForwardedTcpip::connected_address, &ForwardedTcpip::connected_port,
                          &ForwardedTcpip::originator_address, &ForwardedTcpip::originator_port>;
};
struct DirectTcpip {
    static constexpr std::string_view name = "direct-tcpip";
    std::string_view host;
    std::uint32_t port = 0;
    std::string_view originator_address;
    std::uint32_t originator_port = 0;
    using fields =
        Fields<&DirectTcpip::host, &DirectTcpip::port, &DirectTcpip::originator_address, &DirectTcpip::originator_port>;
};

// A program at the server's end speaks to the client's agent (draft-ietf-sshm-ssh-agent §5; OpenSSH's name for it)
struct AgentChannel {
    static constexpr std::string_view name = "auth-agent@openssh.com";
    using fields = Fields<>;
};

} // namespace nacre
