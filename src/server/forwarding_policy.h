// What may be forwarded: the administrator's rules and those of the key, computed in one place; whoever says no wins.
//
// Pure.  The monitor asks it before anything is opened, by an enum: a new kind of forwarding is
// refused until it has a row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/server_options.h"
#include "connection/channel_kinds.h"
#include "keys/authorized_keys.h"

namespace nacre {

enum class Forwarding { tcp_connect, tcp_listen, unix_connect, unix_listen, agent, display, tunnel };

class ForwardingPolicy {
public:
    // Both are kept by reference.
    ForwardingPolicy(const ServerOptions& options, const KeyOptions& key) : options_(options), key_(key) {}

    bool permits(Forwarding what) const;
    // PermitOpen and permitopen=: names are compared as they are written.
    bool may_connect(std::string_view host, std::uint32_t port) const;
    // The same rules: only one for every host and every port fits a Unix socket, as OpenSSH has it.
    bool may_connect_to_socket() const;
    // PermitListen and permitlisten=: `address` as the client asked for it; port 0 needs a rule for every port.
    bool may_listen(std::string_view address, std::uint32_t port) const;
    // PermitTunnel and tunnel=: the unit to open, any_unit for any; nothing: refused.
    std::optional<std::uint32_t> tunnel_unit(TunnelKind kind, std::uint32_t wanted) const;

private:
    bool is_open_to(std::string_view host, std::uint32_t port) const;

    const ServerOptions& options_;
    const KeyOptions& key_;
};

// GatewayPorts: where to listen if a client asks for `requested`; empty: everywhere, "localhost": on the loopbacks.
std::string listening_host(GatewayPorts gateway_ports, std::string_view requested);

// Both become words of a script for xauth: letters, digits and "-" of the one, hexadecimal digits of the other.
bool is_display_cookie(std::string_view protocol, std::string_view cookie);

// Printable, not empty, not longer than a host name can be: fit for the resolver.
bool is_host_name(std::string_view host);

} // namespace nacre
