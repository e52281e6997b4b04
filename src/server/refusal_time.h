// How long it takes at least to be looked up, or refused: a time that depends on the name alone, not on what was found
// out about it.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace nacre {

inline constexpr Duration shortest_refusal = std::chrono::milliseconds{5};
// Of the search for a user, which each login begins with: more than a look into this machine's own files takes.
inline constexpr Duration shortest_look_up = std::chrono::milliseconds{1};

// `shortest` and up to 85 % more, by the name; or as many doublings of that as it took.
Duration refusal_time(Bytes secret, std::string_view user, Duration shortest, Duration elapsed);

} // namespace nacre
