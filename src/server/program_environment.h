// The environment of a user's program, in OpenSSH's order: later entries win (sshd(8), LOGIN PROCESS, ENVIRONMENT).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/option_types.h"
#include "keys/authorized_keys.h"
#include "os/environment.h"
#include "os/user.h"
#include "server/connection_info.h"

namespace nacre {

struct ProgramSituation {
    const UserAccount& account;
    const ConnectionInfo& connection;
    std::vector<Variable> from_client{};                            // AcceptEnv let them in
    std::string term{};                                             // of the terminal, empty without one
    std::string terminal{};                                         // "/dev/pts/3"
    std::string time_zone{};                                        // TZ of sshd itself
    std::string tickets{};                                          // KRB5CCNAME: tickets that were delegated
    Environment from_pam{};
    bool uses_pam = false;                                          // then MAIL is for its modules to say
    std::vector<Variable> from_config{};                            // SetEnv
    std::vector<EnvironmentEntry> from_key{};                       // environment="…"
    UserEnvironment user_environment{};                             // PermitUserEnvironment
    std::string original_command{};                                 // of the client, where another one is forced
    bool command_is_forced = false;
};

struct ProgramEnvironment {
    std::vector<std::string> before;                              // ~/.ssh/environment
    std::vector<std::string> after;
};

ProgramEnvironment program_environment(const ProgramSituation& situation);

// AcceptEnv.
bool accepts_variable(const std::vector<std::string>& patterns, std::string_view name);

// The lines of ~/.ssh/environment that PermitUserEnvironment lets through.
std::vector<std::string> read_user_environment(std::string_view text, std::string_view names);

} // namespace nacre
