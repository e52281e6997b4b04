// sftp's command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "tools/copy/ssh_command.h"
#include "tools/sftp/shell.h"

namespace nacre::sftp_tool {

struct Settings {
    SshCommand ssh{};
    Preferences preferences{};
    SftpTuning tuning{};
    std::string batch_file{};                                     // "-": standard input; empty: not a batch
    bool forwards_agent = false;                                  // -A
    bool noisy = false;                                           // -N: takes back the quiet of -b
    std::string direct{};                                         // -D
    std::string subsystem{"sftp"};                                // -s: a subsystem, or the path of a server
    std::uint64_t bytes_per_second = 0;
    int verbosity = 0;
    bool help = false;

    std::vector<std::string> words{};                             // destination, target
    Location place{};
    std::string target{};                                         // where the file of the destination goes
};

Result<Settings> parse_arguments(int count, char** arguments);
std::string_view usage();

// "[user@]host[:path]" or "sftp://[user@]host[:port][/path]".
Result<Location> parse_destination(std::string_view text);

} // namespace nacre::sftp_tool
