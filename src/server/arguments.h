// sshd's command line (sshd(8)): one row per letter.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "config/completion.h"
#include "config/option_types.h"

namespace nacre {

struct ServerArguments {
    std::string config_file = "/etc/ssh/sshd_config";
    std::vector<std::string> options;                             // -o and what other letters stand for
    std::vector<std::string> ports;                               // -p: these alone
    std::vector<std::string> connection_tests;                    // -C
    std::string log_file;                                         // -E
    bool foreground = false;                                      // -D
    int debug = 0;                                                // -d, up to three times
    bool log_to_stderr = false;                                   // -e
    bool serve_standard_streams = false;                          // -i
    bool quiet = false;                                           // -q
    bool only_test = false;                                       // -t
    bool dump = false;                                            // -T
    bool dump_without_keys = false;                               // -G
    bool show_version = false;                                    // -V
    bool show_help = false;                                       // --help
    bool explain = false;                                         // --explain
    bool lint = false;                                            // --lint
    bool as_json = false;                                         // --json
    std::string completion_for;                                   // --completion: a shell
    IpFamily family = IpFamily::any;                    // -4, -6
};

Result<ServerArguments> parse_server_arguments(int count, char* const* arguments);
std::string server_usage();

// Every option that is understood, for shells.
std::vector<CompletedOption> completed_server_options();

} // namespace nacre
