// The command line of ssh(1): a table of flags, and where to go.
//
// Most flags are another spelling of a configuration keyword and become settings, in the order
// in which they count (the first of a keyword wins): the last flag, then the first -o.  Options
// may follow the host's name, as OpenSSH allows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/completion.h"
#include "config/option_types.h"

namespace nacre {

struct Setting {
    std::string keyword;                                          // empty: `value` is the text of a -o
    std::string value;
};

struct CommandLine {
    enum class Action {
        connect, show_version, show_help, answer_query, print_configuration, list_offers, lint, complete
    };

    Action action = Action::connect;
    std::vector<Setting> settings;
    std::string host;                                             // as typed, without user and port
    std::string command;                                          // the words joined by blanks
    std::optional<std::string> config_file;                       // -F
    std::string log_file;                                         // -E
    bool use_syslog = false;                                      // -y
    bool subsystem = false;                                       // -s
    std::optional<Forward::End> stdio_forward{};                  // -W
    std::string control_command;                                  // -O
    std::string query;                                            // -Q; of --completion: the shell
    bool explain = false;                                         // --explain
    bool as_json = false;                                         // --json
    bool timeline = false;                                        // --timeline
    std::string timeline_file;                                    // --timeline=html: where the picture goes
    std::string serve;                                            // --serve: a descriptor, by which clients come
    std::string join;                                             // --join: a descriptor, of a master
    std::vector<int> inherited{};                                 // descriptors above 2, where neither names one
};

// Without the program's name.  An error's sentence is meant for the person as it is.
Result<CommandLine> parse_arguments(std::span<const std::string> arguments);

std::string usage();

// Every option that is understood, for shells.
std::vector<CompletedOption> completed_options();

} // namespace nacre
