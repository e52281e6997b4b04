// When a Match line of sshd_config holds.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/match.h"
#include "config/server_config.h"

namespace nacre {

// The line's criteria, if they and their arguments make sense.
Result<std::vector<Criterion>> server_criteria(std::span<const std::string> words);

// Without a context: whether the line is well-formed, and true for "Match all" only.
Result<bool> match_server(std::span<const std::string> words, const ServerMatchContext* context);

} // namespace nacre
