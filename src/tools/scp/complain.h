// scp's one way to say what went wrong: "scp: " and a line.
#pragma once

#include <cstdio>
#include <string_view>

#include "os/print.h"

namespace nacre::scp_tool {

inline void complain(std::string_view sentence) { say(stderr, "scp: {}\n", sentence); }

} // namespace nacre::scp_tool
