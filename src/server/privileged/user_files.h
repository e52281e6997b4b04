// PRIVILEGED: runs in sshd-session as root.  Looks for a line in the user's own files, with the user's rights.
//
// The files are opened, judged (StrictModes) and read by a short-lived copy of the process that has become the user; only
// the line that was looked for comes back.  Whoever asked parses it again.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "config/server_options.h"
#include "os/user.h"
#include "server/file_lines.h"

namespace nacre {

enum class ReadFiles {
    in_pieces,                                                    // each line speaks for itself
    whole,                                                        // a line may take back what another one says
};

struct UserFiles {
    const ServerOptions& options;
    const UserAccount& account;
    std::string_view what;                                        // "authorized keys": for log lines
    ReadFiles read = ReadFiles::in_pieces;
};

struct FoundLine {
    std::string line;                                             // as it stands in the file
    std::string place;                                            // "file:17"
};

// Where the line is, "file:17"; nothing: it is none of these.
using SearchOfLine = std::function<std::optional<std::string>(const FileLines& lines, Log& log)>;

// The first file that has it counts.  Their names may have %h, %u, %U and wildcards in them; a relative one lies below
// the home directory.
Result<std::optional<FoundLine>> find_line_as_user(const UserFiles& whose, std::span<const std::string> files,
                                                   const SearchOfLine& search, Log& log);

// Becomes the user for good: for a copy of the process that works with the user's files.
Result<void> become_account(const UserAccount& account);

} // namespace nacre
