// What scp is told to copy: a local path, or a path on a host.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/destination.h"

namespace nacre {

struct CopyPlace {
    std::optional<Destination> host{};                            // none: this machine
    std::string path{};                                           // never empty
};

// "[user@]host:[path]", "scp://[user@]host[:port][/path]", or a local path: a colon behind a slash is part of a name,
// as is one at the very front.
Result<CopyPlace> parse_place(std::string_view text);

// "[user@]host"; the user may hold "@", the host stand in brackets.
Result<Destination> parse_user_and_host(std::string_view text);

// "user@host:path", with brackets where they are needed.
std::string to_text(const CopyPlace& place);

} // namespace nacre
