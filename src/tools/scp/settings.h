// scp's command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sftp/copier.h"
#include "tools/copy/ssh_command.h"

namespace nacre::scp_tool {

enum class Protocol { sftp, old };
enum class Between { through_us, directly };                      // two remote hosts: -3, -R
enum class Role { user, source, sink };                           // source, sink: -f, -t, started by another scp

struct Settings {
    SshCommand ssh{};
    Protocol protocol = Protocol::sftp;
    Between between = Between::through_us;
    Role role = Role::user;
    bool recursive = false;                                       // -r
    bool preserve = false;                                        // -p
    bool quiet = false;                                           // -q
    bool into_directory = false;                                  // -d: the target must be one
    bool trusts_names = false;                                    // -T
    bool batch = false;                                           // -B
    bool forwards_agent = false;                                  // -A
    bool atomic = false, resume = false;
    int verbosity = 0;
    std::uint64_t bytes_per_second = 0;                           // 0: no limit
    std::string limit{};                                          // -l as it was given
    std::string direct{};                                         // -D
    std::optional<std::uint16_t> port{};                          // -P
    SftpTuning tuning{};
    bool help = false;
    std::vector<std::string> words{};                             // sources, target

    sftp::CopyOptions copies() const;
};

Result<Settings> parse_arguments(int count, char** arguments);
std::string_view usage();

} // namespace nacre::scp_tool
