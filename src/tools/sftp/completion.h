// What the tabulator key adds to a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/sftp/shell.h"

namespace nacre::sftp_tool {

struct Completion {
    std::string insertion{};                                      // escaped as the place needs it
    std::vector<std::string> choices{};                           // more than one: to be shown
};

// `line`: up to the cursor.
Completion complete(Shell& shell, std::string_view line);

enum class LineFor { us, shell };                                 // who reads it in the end

// The pure part: `candidates` (directories end with '/') for a last component that begins with `typed`.
Completion complete_word(std::string_view typed, std::vector<std::string> candidates, char open_quote,
                         LineFor reader = LineFor::us);

} // namespace nacre::sftp_tool
