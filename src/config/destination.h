// Where to log in: "user@host:port", "ssh://user@host:port", "[::1]:22"; and lists of them (ProxyJump).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

struct Destination {
    std::string user;                                             // empty: not given
    std::string host;                                             // without brackets
    std::optional<std::uint16_t> port;
    friend bool operator==(const Destination&, const Destination&) = default;
};

Result<Destination> parse_uri(std::string_view text);             // "ssh://…", without a path; %-escapes are undone
// "SCHEME://user@host:port/path": the path is what follows that slash ("//path" for an absolute one), undone as well.
struct Location {
    Destination place{};
    std::string path{};
};
Result<Location> parse_uri_with_path(std::string_view scheme, std::string_view text);
bool has_scheme(std::string_view scheme, std::string_view text);  // "SCHEME://…", any case
Result<Destination> parse_hop(std::string_view text);             // one of ProxyJump: a URI, or user@host:port
std::string to_text(const Destination& destination);              // "user@host:port", brackets where needed

// "host", "host:port", "[host]", "[host]:port"; a bare IPv6 address is a host.
struct HostPort {
    std::string host;
    std::optional<std::string> port;                              // as written
};
Result<HostPort> split_host_port(std::string_view text);

// Names from a command line or a URI end up in commands (ProxyCommand, Match exec): no control characters, no leading
// dash, nothing a shell would take as more than a word.
Result<void> check_host_name(std::string_view host);
Result<void> check_user_name(std::string_view user);

} // namespace nacre
