// When a Match line of sshd_config holds.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "config/server_config.h"

namespace nacre {

// Without a context: whether the line is well-formed, and true for "Match all" only.
Result<bool> match_server(std::span<const std::string> words, const ServerMatchContext* context);

} // namespace nacre
