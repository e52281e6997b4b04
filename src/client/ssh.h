// The whole of the program ssh, from its arguments to its exit status.
#pragma once

#include <span>
#include <string>

namespace nacre {

int run_ssh(std::span<const std::string> arguments);              // without the program's name

} // namespace nacre
