// scp's one way to say what went wrong: "scp: " and a line.  A line of the scp at the other end begins so already.
#pragma once

#include <cstdio>
#include <string_view>

#include "os/print.h"

namespace nacre::scp_tool {

inline void complain(std::string_view sentence)
{
    say(stderr, "{}{}\n", sentence.starts_with("scp: ") ? "" : "scp: ", sentence);
}

} // namespace nacre::scp_tool
