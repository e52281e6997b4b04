// scp's one way to say what went wrong: "scp: " and a line.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

namespace nacre::scp_tool {

inline void complain(std::string_view sentence) { fmt::print(stderr, "scp: {}\n", sentence); }

} // namespace nacre::scp_tool
