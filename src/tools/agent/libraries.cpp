#include "tools/agent/libraries.h"

#include <fmt/format.h>

#include <filesystem>

#include "agent/token_messages.h"
#include "base/pattern.h"
#include "base/text.h"

namespace nacre::agent_tool {

Result<std::string> Libraries::admit(std::string_view provider) const
{
    if (equal_ignoring_case(provider, token::internal_provider))
        return std::string{token::internal_provider};
    // What counts is where the file really lies, not by which link it is named.
    std::error_code error;
    auto path = std::filesystem::canonical(std::string{provider}, error).string();
    if (error || !provider.starts_with('/'))
        return not_permitted(fmt::format("there is no library \"{}\"", printable(provider)));
    if (matches_pattern_list(path, patterns_) != PatternMatch::yes)
        return not_permitted(fmt::format("the library {} is not among those that -P allows", printable(path)));
    return path;
}

} // namespace nacre::agent_tool
