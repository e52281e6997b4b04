// A server that is known by one of its keys shows all of them: what that changes in a known_hosts file.
//
// Only lines that are for this host alone are touched.  Lines that also name others, have wildcards or a marker were
// written by a person, who shall keep them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keys/known_hosts.h"
#include "keys/public_key.h"

namespace nacre {

struct HostKeyChanges {
    std::string obstacle;                                         // why nothing may be changed; empty: it may
    std::vector<PublicKey> fresh;                                 // shown, and not recorded yet
    std::vector<PublicKey> stale;                                 // recorded, and not shown any more

    bool any() const { return obstacle.empty() && !(fresh.empty() && stale.empty()); }
};

// `texts`: the files' contents.  `names`: all names of this host, the first of which is the one for new lines.  `shown`:
// the server's keys.
HostKeyChanges compare_host_keys(std::span<const std::string> texts, std::span<const std::string> names,
                                 std::span<const PublicKey> shown);

// The text without the lines for this host that hold one of those keys.  Everything else stays byte for byte.
std::string without_host_keys(std::string_view text, std::span<const std::string> names, std::span<const PublicKey> keys);

} // namespace nacre
