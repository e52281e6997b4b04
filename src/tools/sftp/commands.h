// The commands of sftp: one table, from which dispatch, help, completion and the checks of arguments follow.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/sftp/shell.h"

namespace nacre::sftp_tool {

// A command with what was typed behind it.
struct Call {
    std::string flags{};                                          // letters, as often as they were given
    std::vector<std::string> words{};                             // patterns (see words.h); without flags
    std::string rest{};                                           // the line behind the command, as typed

    bool has(char flag) const { return flags.contains(flag); }
};

// What completes a word; for_shell: local ones, in a line that a shell will read.
enum class Names { none, local, for_shell, remote, local_then_remote, remote_then_local };

using Run = Result<bool> (*)(Shell& shell, const Call& call);     // false: failed, and said why; an error: no connection

struct Command {
    std::string_view name;
    std::string_view flags;                                       // letters it takes
    unsigned least, most;                                         // words
    bool stops_batch;                                             // its failure ends a batch
    Names completes;
    Run run;                                                      // null: the session ends
    std::string_view synopsis;                                    // empty: another name, not shown in help
    std::string_view help;
};

inline constexpr unsigned any_number = 1000000;
inline constexpr unsigned whole_line = any_number + 1;            // `most`: not taken apart, `rest` is meant

std::span<const Command> commands();
const Command* command_named(std::string_view name);              // any case; null: none

// transfers.cpp
Result<bool> get(Shell& shell, const Call& call);
Result<bool> put(Shell& shell, const Call& call);
Result<bool> reget(Shell& shell, const Call& call);
Result<bool> reput(Shell& shell, const Call& call);
Result<bool> cat(Shell& shell, const Call& call);
// Fetches what `sftp host:path` names.
Result<bool> fetch(Shell& shell, const std::string& pattern, const std::string& target);

// listing.cpp
Result<bool> ls(Shell& shell, const Call& call);

// changes.cpp
Result<bool> chgrp(Shell& shell, const Call& call);
Result<bool> chmod(Shell& shell, const Call& call);
Result<bool> chown(Shell& shell, const Call& call);
Result<bool> copy(Shell& shell, const Call& call);
Result<bool> ln(Shell& shell, const Call& call);
Result<bool> mkdir(Shell& shell, const Call& call);
Result<bool> rename(Shell& shell, const Call& call);
Result<bool> rmdir(Shell& shell, const Call& call);
Result<bool> symlink(Shell& shell, const Call& call);

// trees.cpp
Result<bool> du(Shell& shell, const Call& call);
Result<bool> find(Shell& shell, const Call& call);
Result<bool> rm(Shell& shell, const Call& call);

// places.cpp
Result<bool> cd(Shell& shell, const Call& call);
Result<bool> df(Shell& shell, const Call& call);
Result<bool> pwd(Shell& shell, const Call& call);
Result<bool> version(Shell& shell, const Call& call);

// here.cpp
Result<bool> escape_to_shell(Shell& shell, const Call& call);
Result<bool> help(Shell& shell, const Call& call);
Result<bool> lcd(Shell& shell, const Call& call);
Result<bool> lls(Shell& shell, const Call& call);
Result<bool> lmkdir(Shell& shell, const Call& call);
Result<bool> lpwd(Shell& shell, const Call& call);
Result<bool> lumask(Shell& shell, const Call& call);
Result<bool> progress(Shell& shell, const Call& call);

} // namespace nacre::sftp_tool
