// What the server calls itself, and the one word that many keywords know for "nothing".
#pragma once

#include <string_view>

namespace nacre {

inline constexpr std::string_view software_version = "Nacre_0.1";

inline bool is_none(std::string_view value) { return value.empty() || value == "none"; }

} // namespace nacre
