// The options of ssh(1), a row each: what a letter stands for, and what its value must look like.
//
// Most are another spelling of a configuration keyword.  Parsing, the usage text and the completion of shells read the
// same two tables.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/arguments.h"
#include "config/completion.h"

namespace nacre {

// What is collected while the words are read.
struct Reading {
    CommandLine line;
    unsigned verbosity = 0;                                       // how many -v
    bool quiet = false;
    std::string tty;                                              // RequestTTY by -t and -T: the last one counts
    std::string master;                                           // ControlMaster by -M, which may be said twice
    bool no_command = false;                                      // -N
};

enum class Takes { nothing, value };

struct Flag {
    char letter;
    Takes takes;
    std::string_view shown;                                       // the value's name in the usage text
    std::string_view keyword;                                     // the setting it stands for, if it is no more than that
    std::string_view setting;                                     // what it is set to, where the flag takes no value
    Result<void> (*act)(Reading&, std::string_view value);        // or what it does; checks where there is a keyword
};

// What OpenSSH has no letter for.
struct LongFlag {
    std::string_view name;
    Takes takes;
    void (*act)(Reading&, std::string_view value);
    Completes completes = Completes::nothing;                     // its value, and what that is called
    std::string_view shown = {};
};

// In the order of the usage text: capitals and digits first, those with values behind.
std::span<const Flag> flags();
std::span<const LongFlag> long_flags();

// Notes what the flag stands for; an error if the value is not one for it.
Result<void> obey(Reading& reading, const Flag& flag, std::string_view value);

// A user's name, of -l or before the host: an error if it might be more than that to a shell.
Result<void> check_login_name(std::string_view name);

} // namespace nacre
