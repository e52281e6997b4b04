// A program's usage text, from the options that it knows: one screen, 79 columns.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/completion.h"

namespace nacre {

// "usage: PROGRAM [-abc] [-d value] [--long] WORD ...", without a line end.  A word is never broken.
std::string usage_text(std::string_view program, std::span<const CompletedOption> options,
                       std::span<const std::string_view> words = {});

} // namespace nacre
