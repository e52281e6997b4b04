// Points in time and spans of it.  The core never reads a clock: whoever drives it passes `now`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace nacre {

using TimePoint = std::chrono::steady_clock::time_point;          // a moment
using Duration = std::chrono::steady_clock::duration;             // a span of time
using Seconds = std::chrono::seconds;                             // a span in whole seconds

// OpenSSH's spelling: "90", "15m", "1h30m"; units s m h d w in either case.  Nothing on anything else or on overflow
// past 2^31 - 1 seconds.
std::optional<Seconds> parse_duration(std::string_view text);

} // namespace nacre
