// sftp-server's command line, which is also what follows "internal-sftp" in sshd_config.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "os/system_log.h"
#include "sftp/server.h"

namespace nacre::sftp {

struct ServerSettings {
    ServerRules rules{};                                          // -R -p -P
    std::string start_directory{};                                // -d, tokens not yet expanded; empty: stay
    std::optional<unsigned> mask{};                               // -u
    LogLevel log_level = LogLevel::error;                         // -l
    SyslogFacility facility = SyslogFacility::auth;               // -f
    bool log_to_stderr = false;                                   // -e
    bool help = false;                                            // -h, or nothing that we know
    bool list_requests = false;                                   // -Q requests
};

// `arguments`: behind the program's name.  A letter that nobody knows sets help, and `complaint` says which.
Result<ServerSettings> parse_server_arguments(const std::vector<std::string>& arguments, std::string& complaint);
std::string_view server_usage();

} // namespace nacre::sftp
