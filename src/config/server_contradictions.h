// sshd_config: what one keyword says and another one makes impossible.  sshd does not start with it, and --lint tells it by line.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "config/server_options.h"

namespace nacre {

struct ServerContradiction {
    std::array<std::string_view, 4> keywords;                     // to blame, the first that was set
    bool (*holds)(const ServerOptions&);
    std::string_view what;
};

std::span<const ServerContradiction> server_contradictions();

} // namespace nacre
