#include "tools/sftp/commands.h"

#include <algorithm>
#include <array>

#include "base/table.h"
#include "base/text.h"

namespace nacre::sftp_tool {

namespace {

// Sorted, as help shows it.  Columns: name, flags, fewest and most words, stops a batch, what completes, what to run,
// synopsis, help.
constexpr std::array table{
    Command{"!", "", 0, whole_line, false, Names::for_shell, escape_to_shell, "![command]",
            "Run a command, or a shell, on this machine"},
    Command{"?", "", 0, any_number, false, Names::none, help, "?", "Same as help"},
    Command{"bye", "", 0, 0, false, Names::none, nullptr, "bye", "End the session"},
    Command{"cat", "", 1, any_number, true, Names::remote, cat, "cat path ...", "Show what remote files contain"},
    Command{"cd", "", 0, 1, true, Names::remote, cd, "cd [path]", "Change the remote directory (none: the first)"},
    Command{"chdir", "", 0, 1, true, Names::remote, cd, "", ""},
    Command{"chgrp", "h", 2, 2, true, Names::remote, chgrp, "chgrp [-h] gid path", "Change their group; -h of links themselves"},
    Command{"chmod", "h", 2, 2, true, Names::remote, chmod, "chmod [-h] mode path", "Change their permissions (octal)"},
    Command{"chown", "h", 2, 2, true, Names::remote, chown, "chown [-h] uid path", "Change their owner"},
    Command{"copy", "", 2, 2, true, Names::remote, copy, "copy old new", "Copy a remote file on the server"},
    Command{"cp", "", 2, 2, true, Names::remote, copy, "cp old new", "Same as copy"},
    Command{"df", "hi", 0, 1, true, Names::remote, df, "df [-hi] [path]", "Show the space over there; -i inodes, -h units"},
    Command{"dir", "1afhlnrSt", 0, 1, true, Names::remote, ls, "", ""},
    Command{"du", "hs", 0, 1, true, Names::remote, du, "du [-hs] [path]", "Add up remote sizes; -s only the sum"},
    Command{"exit", "", 0, 0, false, Names::none, nullptr, "exit", "End the session"},
    Command{"find", "", 0, whole_line, true, Names::remote, find, "find [path] [-name x] [-type t]", "List a remote tree; t is f, d or l"},
    Command{"get", "afpPrR", 1, 2, true, Names::remote_then_local, get, "get [-afpR] remote [local]",
            "Fetch: -a resume, -f sync, -p times, -R trees"},
    Command{"help", "", 0, any_number, false, Names::none, help, "help", "Show this"},
    Command{"lcd", "", 0, 1, true, Names::local, lcd, "lcd [path]", "Change the local directory (none: home)"},
    Command{"lchdir", "", 0, 1, true, Names::local, lcd, "", ""},
    Command{"ldir", "", 0, whole_line, false, Names::for_shell, lls, "", ""},
    Command{"lls", "", 0, whole_line, false, Names::for_shell, lls, "lls [ls-options [path]]", "List a local directory"},
    Command{"lmkdir", "", 1, 1, true, Names::local, lmkdir, "lmkdir path", "Make a local directory"},
    Command{"ln", "s", 2, 2, true, Names::remote, ln, "ln [-s] old new", "Link remote files; -s symbolically"},
    Command{"lpwd", "", 0, 0, true, Names::none, lpwd, "lpwd", "Show the local directory"},
    Command{"ls", "1afhlnrSt", 0, 1, true, Names::remote, ls, "ls [-1afhlnrSt] [path]", "List a remote directory"},
    Command{"lumask", "", 1, 1, true, Names::none, lumask, "lumask umask", "Set the local umask (octal)"},
    Command{"mget", "afpPrR", 1, 2, true, Names::remote_then_local, get, "", ""},
    Command{"mkdir", "", 1, 1, true, Names::remote, mkdir, "mkdir path", "Make a remote directory"},
    Command{"mput", "afpPrR", 1, 2, true, Names::local_then_remote, put, "", ""},
    Command{"progress", "", 0, 0, false, Names::none, progress, "progress", "Switch the progress meter on or off"},
    Command{"put", "afpPrR", 1, 2, true, Names::local_then_remote, put, "put [-afpR] local [remote]", "Send files; flags as for get"},
    Command{"pwd", "", 0, 0, false, Names::none, pwd, "pwd", "Show the remote directory"},
    Command{"quit", "", 0, 0, false, Names::none, nullptr, "quit", "End the session"},
    Command{"reget", "fpPrR", 1, 2, true, Names::remote_then_local, reget, "reget [-fpR] remote [local]", "Resume fetching: get -a; compares sizes only"},
    Command{"rename", "l", 2, 2, true, Names::remote, rename, "rename [-l] old new", "Rename a remote file; -l not over another"},
    Command{"reput", "fpPrR", 1, 2, true, Names::local_then_remote, reput, "reput [-fpR] local [remote]", "Resume sending: put -a; compares sizes only"},
    Command{"rm", "rR", 1, any_number, true, Names::remote, rm, "rm [-r] path ...", "Delete remote files; -r with directories"},
    Command{"rmdir", "", 1, 1, true, Names::remote, rmdir, "rmdir path", "Delete an empty remote directory"},
    Command{"symlink", "", 2, 2, true, Names::remote, symlink, "symlink old new", "Same as ln -s"},
    Command{"version", "", 0, 0, false, Names::none, version, "version", "Show the version of the protocol"},
};
static_assert(sorted_by_name(table));

} // namespace

std::span<const Command> commands() { return table; }

const Command* command_named(std::string_view name)
{
    for (auto& row : table)
        if (equal_ignoring_case(row.name, name))
            return &row;
    return nullptr;
}

} // namespace nacre::sftp_tool
