// The kernel's choice of whom to kill when memory runs out: never the listener, so that somebody can still log in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

// Takes this process, and what it starts, out of the choice.  The value before: for set_out_of_memory_score().  Nothing:
// not root, or the system has no such file.
std::optional<std::string> shield_from_out_of_memory();

// What a child does first: it is no more precious than other programs.
Result<void> set_out_of_memory_score(std::string_view score);

} // namespace nacre
