// From a line to a command that has run.
#pragma once

#include <string_view>

#include "tools/sftp/commands.h"

namespace nacre::sftp_tool {

struct Executed {
    bool success = true;
    bool stops_batch = false;                                     // it failed, and nobody said that this is fine ("-")
    bool leaves = false;                                          // bye, exit, quit
};

enum class Echo { no, yes };                                      // "sftp> line" before it runs, unless it begins with "@"

Result<Executed> execute(Shell& shell, std::string_view line, Echo echo);

} // namespace nacre::sftp_tool
