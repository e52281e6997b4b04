// The word that many keywords know for "nothing".
#pragma once

#include <string_view>

namespace nacre {

inline bool is_none(std::string_view value) { return value.empty() || value == "none"; }

} // namespace nacre
