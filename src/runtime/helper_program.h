// Where the programs are that do one thing for another program of ours: ssh-sk-helper, ssh-keysign and their like.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

// The path that the variable names (absolute, or it is an error); else the program beside our own, or where an
// installation has it.  `variable`: nullptr if there is none.
Result<std::string> helper_program(std::string_view name, const char* variable = nullptr);

} // namespace nacre
