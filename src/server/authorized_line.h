// Whether one line of authorized_keys lets this key in from this connection now (sshd(8)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "keys/authorized_keys.h"
#include "server/connection_info.h"

namespace nacre {

struct KeyPermission {
    KeyOptions options;
    std::string place;                                            // "/home/u/.ssh/authorized_keys:3"
};

struct LineCheck {
    const PublicKey& key;
    const ConnectionInfo& connection;
    std::string user;                                             // for log lines
    WallClock now;
};

// Nothing: the line is about something else, or does not allow it; why is in the log.
std::optional<KeyOptions> options_of_line(std::string_view line, std::string_view place, const LineCheck& check, Log& log);

// The first line of a file that lets the key in.
std::optional<KeyPermission> search_authorized_keys(std::string_view text, std::string_view file, const LineCheck& check,
                                                    Log& log);

// from="…": patterns and networks against the client's address and, where UseDNS found one, its name.
bool is_from(std::string_view patterns, const ConnectionInfo& connection);

// Of two keys that both were needed for one login (AuthenticationMethods publickey,publickey): what either forbids is
// forbidden.  Nothing: they contradict each other.
std::optional<KeyOptions> restricted_by_both(const KeyOptions& first, const KeyOptions& second);

} // namespace nacre
