// The lines behind ~C: "-L 8080:host:80", "-KR 2222", "?", "!command".
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "config/forward.h"

namespace nacre {

struct AddForward {
    ForwardKind kind;
    Forward forward;
};
struct CancelForward {
    ForwardKind kind;
    Forward::End listen;
};
struct RunLocally {
    std::string command;                                          // empty: a shell
};
struct ShowHelp {};

using ForwardCommand = std::variant<ShowHelp, AddForward, CancelForward, RunLocally>;

// An empty line is help, too.
Result<ForwardCommand> parse_forward_command(std::string_view line);

// Lines for a terminal in raw mode, each ended by CR LF.
std::string forward_command_help(bool may_run_locally);

} // namespace nacre
