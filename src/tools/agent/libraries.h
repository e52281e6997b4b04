// The libraries for tokens that may be loaded: patterns of paths (ssh-agent -P).
#pragma once

#include <string>

#include "agent/provider_rules.h"

namespace nacre::agent_tool {

class Libraries final : public agent::ProviderRules {
public:
    // The usual places, where only the administrator puts libraries.
    static constexpr std::string_view usual = "/usr/lib*/*,/usr/local/lib*/*";

    explicit Libraries(std::string patterns) : patterns_(std::move(patterns)) {}

    Result<std::string> admit(std::string_view provider) const override;

private:
    std::string patterns_;
};

} // namespace nacre::agent_tool
