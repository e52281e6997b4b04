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
    std::string_view address{};
    std::uint32_t port = 0;
    using fields = Fields<&TcpipForward::address, &TcpipForward::port>;
};
struct CancelTcpipForward {                                       // the end of it
    static constexpr std::string_view name = "cancel-tcpip-forward";
    std::string_view address{};
    std::uint32_t port = 0;
    using fields = Fields<&CancelTcpipForward::address, &CancelTcpipForward::port>;
};
// What the success of a TcpipForward with port 0 carries; with any other port it carries nothing.
struct AllocatedPort {
    static constexpr std::string_view name = "tcpip-forward's answer";
    std::uint32_t port = 0;
    using fields = Fields<&AllocatedPort::port>;
};

// The same for Unix sockets (OpenSSH's PROTOCOL §2.4)
struct StreamlocalForward {
    static constexpr std::string_view name = "streamlocal-forward@openssh.com";
    std::string_view path{};
    using fields = Fields<&StreamlocalForward::path>;
};
struct CancelStreamlocalForward {                                 // the end of it
    static constexpr std::string_view name = "cancel-streamlocal-forward@openssh.com";
    std::string_view path{};
    using fields = Fields<&CancelStreamlocalForward::path>;
};

// The server's host keys, for clients that know it by one of them (OpenSSH's PROTOCOL §2.5).  Both end with any number
// of strings, each a public key blob; the success of HostKeysProve carries as many signatures, in that order.
struct HostKeys {
    static constexpr std::string_view name = "hostkeys-00@openssh.com";
    Rest keys{};
    using fields = Fields<&HostKeys::keys>;
};
struct HostKeysProve {                                            // the client wants to see that the server owns those
    static constexpr std::string_view name = "hostkeys-prove-00@openssh.com";
    Rest keys{};
    using fields = Fields<&HostKeysProve::keys>;
};
// What is signed for each of them.
struct HostKeyProof {
    static constexpr std::string_view name = "hostkeys-prove-00@openssh.com's proof";
    std::string_view what = HostKeysProve::name;
    Bytes session_id{};
    Bytes key{};
    using fields = Fields<&HostKeyProof::what, &HostKeyProof::session_id, &HostKeyProof::key>;
};

} // namespace nacre
