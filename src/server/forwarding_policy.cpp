#include "server/forwarding_policy.h"

#include <algorithm>
#include <array>

#include "base/pattern.h"
#include "base/text.h"
#include "config/none.h"
#include "server/forwarding_questions.h"

namespace nacre {
namespace {

constexpr std::size_t longest_protocol = 64;
constexpr std::size_t longest_cookie = 512;
constexpr std::uint32_t largest_port = 65535;

bool includes_local(ForwardingAllowed allowed)
{
    return allowed == ForwardingAllowed::yes || allowed == ForwardingAllowed::local;
}

bool includes_remote(ForwardingAllowed allowed)
{
    return allowed == ForwardingAllowed::yes || allowed == ForwardingAllowed::remote;
}

struct Row {
    Forwarding what;
    bool (*by_administrator)(const ServerOptions& options);
    bool (*by_key)(const KeyOptions& key);
};

bool ports(const KeyOptions& key) { return key.permit_port_forwarding; }

// Unix sockets are held to the rule for ports as well as to their own: whoever shuts ports to a user means these, too.
constexpr std::array rows{
    Row{Forwarding::tcp_connect, [](const ServerOptions& o) { return includes_local(o.allow_tcp_forwarding); }, ports},
    Row{Forwarding::tcp_listen, [](const ServerOptions& o) { return includes_remote(o.allow_tcp_forwarding); }, ports},
    Row{Forwarding::unix_connect,
        [](const ServerOptions& o) {
            return includes_local(o.allow_stream_local_forwarding) && includes_local(o.allow_tcp_forwarding);
        },
        ports},
    Row{Forwarding::unix_listen,
        [](const ServerOptions& o) {
            return includes_remote(o.allow_stream_local_forwarding) && includes_remote(o.allow_tcp_forwarding);
        },
        ports},
    Row{Forwarding::agent, [](const ServerOptions& o) { return o.allow_agent_forwarding; },
        [](const KeyOptions& key) { return key.permit_agent_forwarding; }},
    Row{Forwarding::display, [](const ServerOptions& o) { return o.x11_forwarding && !is_unset(o.xauth_location); },
        [](const KeyOptions& key) { return key.permit_x11_forwarding; }},
    Row{Forwarding::tunnel, [](const ServerOptions& o) { return o.permit_tunnel != PermitTunnel::no; },
        [](const KeyOptions& key) { return key.permits_tunnel(); }},
};

template <class Place>
bool is_open_place(const Place& place, std::string_view host, std::uint32_t port)
{
    return (!place.port || *place.port == port) && (place.host == "*" || place.host == host);
}

template <class Place>
bool is_listening_place(const Place& place, std::string_view lower_case_address, std::uint32_t port)
{
    return (!place.port || *place.port == port) && (place.host.empty() || matches_pattern(lower_case_address, place.host));
}

} // namespace

bool ForwardingPolicy::permits(Forwarding what) const
{
    auto* row = std::ranges::find(rows, what, &Row::what);
    return row != rows.end() && !options_.disable_forwarding && row->by_administrator(options_) && row->by_key(key_);
}

bool ForwardingPolicy::may_connect(std::string_view host, std::uint32_t port) const
{
    bool is_target = is_host_name(host) && port > 0 && port <= largest_port;
    return permits(Forwarding::tcp_connect) && is_target && is_open_to(host, port);
}

// The host and port that only a rule for all of them fits.
bool ForwardingPolicy::may_connect_to_socket() const { return permits(Forwarding::unix_connect) && is_open_to({}, 0); }

bool ForwardingPolicy::is_open_to(std::string_view host, std::uint32_t port) const
{
    auto fits = [&](auto& place) { return is_open_place(place, host, port); };
    bool by_key = key_.permit_open.empty() || std::ranges::any_of(key_.permit_open, fits);
    return by_key && (options_.permit_open.any || std::ranges::any_of(options_.permit_open.only, fits));
}

bool ForwardingPolicy::may_listen(std::string_view address, std::uint32_t port) const
{
    if (!permits(Forwarding::tcp_listen) || (!address.empty() && !is_host_name(address)) || port > largest_port)
        return false;
    auto lower_case = to_lower(address);
    auto fits = [&](auto& place) { return is_listening_place(place, lower_case, port); };
    bool by_key = key_.permit_listen.empty() || std::ranges::any_of(key_.permit_listen, fits);
    return by_key && (options_.permit_listen.any || std::ranges::any_of(options_.permit_listen.only, fits));
}

std::optional<std::uint32_t> ForwardingPolicy::tunnel_unit(TunnelKind kind, std::uint32_t wanted) const
{
    if (!permits(Forwarding::tunnel))
        return std::nullopt;
    bool known = kind == TunnelKind::point_to_point || kind == TunnelKind::ethernet;
    auto this_kind = kind == TunnelKind::ethernet ? PermitTunnel::ethernet : PermitTunnel::point_to_point;
    if (!known || (options_.permit_tunnel != PermitTunnel::yes && options_.permit_tunnel != this_kind))
        return std::nullopt;
    auto by_key = key_.tunnel_device.value_or(KeyOptions::any_tunnel);
    if (by_key == KeyOptions::any_tunnel)
        return wanted;
    if (wanted != TunnelChannel::any_unit && wanted != by_key)
        return std::nullopt;
    return by_key;
}

std::string listening_host(GatewayPorts gateway_ports, std::string_view requested)
{
    if (gateway_ports == GatewayPorts::yes)
        return {};
    if (gateway_ports == GatewayPorts::no) {
        bool is_loopback = requested == "127.0.0.1" || requested == "::1";
        return std::string{is_loopback ? requested : std::string_view{"localhost"}};
    }
    // RFC 4254 §7.1: "" is every address of both protocols; "0.0.0.0" and "::" are those of one, as they stand.
    return std::string{requested == "*" ? std::string_view{} : requested};
}

bool is_display_cookie(std::string_view protocol, std::string_view cookie)
{
    auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    auto fits_protocol = [&](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    auto is_hex = [&](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
    bool sizes = !protocol.empty() && protocol.size() <= longest_protocol && !cookie.empty() && cookie.size() <= longest_cookie;
    return sizes && protocol[0] != '-' && std::ranges::all_of(protocol, fits_protocol) && std::ranges::all_of(cookie, is_hex);
}

bool is_host_name(std::string_view host)
{
    return !host.empty() && host.size() <= forwarding_limits::longest_host
           && std::ranges::all_of(host, [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace nacre
