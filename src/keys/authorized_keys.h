// authorized_keys lines: which key may log in, and what it may do then (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
//
// Whatever cannot be understood refuses the whole line: an option that we do not know may have
// been a restriction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "keys/public_key.h"

namespace nacre {

inline constexpr std::size_t authorized_keys_line_limit = 8192;   // bytes; sshd uses no longer ones

// Of permitopen and permitlisten.
struct KeyPermittedAddress {
    std::string host;                                             // may be "*"; empty: any (permitlisten without host)
    std::optional<std::uint16_t> port;                            // nothing: "*"

    static KeyPermittedAddress nowhere() { return {"\n", 0}; }     // no host is called that
};

struct EnvironmentEntry {                                         // a variable
    std::string name;
    std::string value;
};

// A point in time as people write it: UTC, or what the wall clock shows (this core knows no time zones).
struct CivilTime {
    std::int64_t seconds = 0;                                     // since 1970 if the wall clock were UTC
    bool is_utc = false;
};

// "YYYYMMDD", "YYYYMMDDHHMM" or "YYYYMMDDHHMMSS", with Z for UTC, else local time.
Result<CivilTime> parse_civil_time(std::string_view text);

// Now, both ways: seconds since 1970, and the same plus the local offset from UTC.
struct WallClock {
    std::int64_t utc = 0;
    std::int64_t local = 0;

    // Is it that late already?
    bool has_reached(const CivilTime& time) const { return (time.is_utc ? utc : local) >= time.seconds; }
};

// What a key's line allows and demands.  Default: everything that the server allows.
struct KeyOptions {
    bool permit_agent_forwarding = true;
    bool permit_port_forwarding = true;
    bool permit_pty = true;
    bool permit_user_rc = true;
    bool permit_x11_forwarding = true;
    bool restricted = false;                                      // `restrict` was there: future kinds of access are off

    bool cert_authority = false;
    bool require_touch = true;                                    // off by no-touch-required
    bool require_verify = false;

    std::optional<std::string> command;
    std::optional<std::string> from;                              // patterns and networks with commas
    std::optional<std::string> principals;                        // names with commas; only with cert_authority
    std::vector<CivilTime> expires;                               // refused from the first of them on
    std::optional<std::uint32_t> tunnel_device;                   // any_tunnel for "any"
    std::vector<EnvironmentEntry> environment;                    // the first of a name wins
    std::vector<KeyPermittedAddress> permit_open;                    // empty: no restriction
    std::vector<KeyPermittedAddress> permit_listen;

    static constexpr std::uint32_t any_tunnel = 0x7fffffff;       // of tunnel_device

    // A key that may not forward ports, or has `restrict`, needs tunnel="…" for a network interface.
    bool permits_tunnel() const { return tunnel_device || (permit_port_forwarding && !restricted); }
};

Result<KeyOptions> parse_key_options(std::string_view text);      // an error for what is unknown

// One line, as views into it.
struct AuthorizedKeysLine {
    std::string_view options;
    std::string_view key_type;
    std::string_view key_base64;
    std::string_view comment;

    bool names(const PublicKey& key) const;                       // the same key, compared as text: cheap
    Result<PublicKey> key() const;                                // decoded, and checked
};

// Nothing for blank lines and comments.  Neither options nor key are understood yet.
Result<std::optional<AuthorizedKeysLine>> split_authorized_keys_line(std::string_view line);

} // namespace nacre
