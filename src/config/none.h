// The word that many keywords know for "nothing", in capitals or not.
#pragma once

#include <string_view>

#include "base/text.h"

namespace nacre {

inline bool is_none(std::string_view word) { return equal_ignoring_case(word, "none"); }

// What was left out, or is that word.
inline bool is_unset(std::string_view value) { return value.empty() || is_none(value); }

} // namespace nacre
