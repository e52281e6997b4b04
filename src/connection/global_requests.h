// What GLOBAL_REQUEST carries, name by name (RFC 4254 §4, §7.1; OpenSSH's own: PROTOCOL.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// Asked only for the sake of an answer, which may be a refusal: the peer is alive.
struct KeepAlive {
    static constexpr std::string_view name = "keepalive@openssh.com";
    using fields = Fields<>;
};

// The client will open no further session.
struct NoMoreSessions {
    static constexpr std::string_view name = "no-more-sessions@openssh.com";
    using fields = Fields<>;
};

// RFC 4254 §7.1  Requesting Port Forwarding
struct TcpipForward {
    static constexpr std::string_view name = "tcpip-forward";
    std::string_view address;
    std::uint32_t port = 0;
    using fields = Fields<&TcpipForward::address, &TcpipForward::port>;
};
struct CancelTcpipForward {
    static constexpr std::string_view name = "cancel-tcpip-forward";
    std::string_view address;
    std::uint32_t port = 0;
    using fields = Fields<&CancelTcpipForward::address, &CancelTcpipForward::port>;
};

} // namespace nacre
