// When a Match line of ssh_config holds.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/client_config.h"
#include "config/match.h"

namespace nacre {

struct ClientMatchContext {
    const ClientOptions& options;                                 // as set so far
    const ClientSituation& situation;
    std::string_view host;                                        // as typed, or its canonical name
    bool final_pass;
    ConfigSources& sources;
};

struct ClientMatchResult {
    bool holds;
    bool asks_for_final_pass;
};

// The line's criteria.  All of their arguments make sense, also of those that no connection may ever ask about.
Result<std::vector<Criterion>> client_criteria(std::span<const std::string> words);

// With `evaluate` false only the line's form is checked, and no command runs.
Result<ClientMatchResult> match_client(std::span<const std::string> words, const ClientMatchContext& context,
                                       bool evaluate);

} // namespace nacre
