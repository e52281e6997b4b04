// Which libraries for tokens the agent may have loaded (ssh-agent -P).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre::agent {

class ProviderRules {
public:
    virtual ~ProviderRules() = default;

    // The library's true path, symbolic links followed, if it may be loaded.
    virtual Result<std::string> admit(std::string_view provider) const = 0;
};

} // namespace nacre::agent
