// Where commands come from: a person at a terminal, or a file.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "tools/sftp/shell.h"

namespace nacre::sftp_tool {

inline constexpr std::size_t longest_line = 1u << 20;             // of a file

class Lines {
public:
    virtual ~Lines() = default;
    virtual Result<std::optional<std::string>> next() = 0;        // nothing: the end
};

// A terminal, with editing, history and completion.
std::unique_ptr<Lines> lines_of_a_person(Shell& shell);
// A batch file, or whatever standard input is; nothing if it cannot be opened.
std::unique_ptr<Lines> lines_of_standard_input();
Result<std::unique_ptr<Lines>> lines_of_file(const std::string& path);

} // namespace nacre::sftp_tool
