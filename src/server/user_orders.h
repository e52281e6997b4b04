// What the monitor orders sshd-user to do, and what sshd-user reports.
//
// Policy is decided before an order is given; sshd-user has the user's rights and no more.  `id` is the monitor's number for
// what a session runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// ---- monitor → sshd-user -----------------------------------------------------------------

// The first message.  → BecameUser
struct BecomeUser {
    static constexpr std::string_view name = "become-user";
    static constexpr MessageNumber number{1};
    std::uint32_t uid = 0, gid = 0;
    Repeated<std::uint32_t> groups;
    std::string user;
    std::string root_directory;                                   // ChrootDirectory; empty: none
    std::string home;
    std::string shell;
    std::string auth_info;                                        // ExposeAuthInfo: the file's content; empty: none
    using fields = Fields<&BecomeUser::uid, &BecomeUser::gid, &BecomeUser::groups, &BecomeUser::user,
                          &BecomeUser::root_directory, &BecomeUser::home, &BecomeUser::shell, &BecomeUser::auth_info>;
};

// With the terminal's slave as descriptor if it has one.  → ProgramStarted, later ProgramExited
struct RunProgram {
    static constexpr std::string_view name = "run-program";
    static constexpr MessageNumber number{2};
    std::uint32_t id = 0;
    std::string terminal;                                         // "pts/3"; empty: none
    std::string program;                                          // a path, or one of server/built_in_programs.h
    Repeated<std::string> arguments;                              // from argv[0] on
    Repeated<std::string> environment;                            // NAME=VALUE; later ones win
    bool read_user_environment = false;                           // ~/.ssh/environment
    std::string user_environment_names;                           // which of it; empty: all
    Repeated<std::string> environment_after;                      // wins over the user's file
    std::string greeting;                                         // before a login shell, unless there is .hushlogin
    bool user_rc = false;                                         // ~/.ssh/rc runs first
    std::uint32_t agent_listener = 0;                             // SSH_AUTH_SOCK leads there; 0: none
    std::uint32_t display_listener = 0;                           // DISPLAY leads there, with this cookie; 0: none
    std::string xauth, display_protocol, display_cookie;
    using fields = Fields<&RunProgram::id, &RunProgram::terminal, &RunProgram::program, &RunProgram::arguments,
                          &RunProgram::environment, &RunProgram::read_user_environment, &RunProgram::user_environment_names,
                          &RunProgram::environment_after, &RunProgram::greeting, &RunProgram::user_rc,
                          &RunProgram::agent_listener, &RunProgram::display_listener, &RunProgram::xauth,
                          &RunProgram::display_protocol, &RunProgram::display_cookie>;
};

// To the whole process group.
struct SignalProgram {
    static constexpr std::string_view name = "signal-program";
    static constexpr MessageNumber number{3};
    std::uint32_t id = 0;
    std::string_view signal;
    using fields = Fields<&SignalProgram::id, &SignalProgram::signal>;
};

// ---- sshd-user → monitor -----------------------------------------------------------------

struct BecameUser {
    static constexpr std::string_view name = "became-user";
    static constexpr MessageNumber number{20};
    std::string_view problem;                                     // empty: all is well
    std::string_view notes;                                       // what could not be done and need not be
    using fields = Fields<&BecameUser::problem, &BecameUser::notes>;
};

// Without a terminal, with the descriptors: standard input, output and error of the program.
struct ProgramStarted {
    static constexpr std::string_view name = "program-started";
    static constexpr MessageNumber number{21};
    std::uint32_t id = 0;
    std::string_view problem;                                     // empty: it runs
    std::uint32_t pid = 0;
    using fields = Fields<&ProgramStarted::id, &ProgramStarted::problem, &ProgramStarted::pid>;
};

struct ProgramExited {
    static constexpr std::string_view name = "program-exited";
    static constexpr MessageNumber number{22};
    std::uint32_t id = 0;
    std::uint32_t code = 0;
    std::uint32_t signal = 0;
    bool core_dumped = false;
    using fields = Fields<&ProgramExited::id, &ProgramExited::code, &ProgramExited::signal,
                          &ProgramExited::core_dumped>;
};

} // namespace nacre
