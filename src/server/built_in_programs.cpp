#include "server/built_in_programs.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/table.h"

#include "os/fd.h"
#include "os/process.h"
#include "os/signals.h"
#include "runtime/sftp_server/serve.h"

namespace nacre {
namespace {

constexpr const char* passwd = "/usr/bin/passwd";

// What a built-in program is given.
struct Call {
    const std::string& program;
    const std::vector<std::string>& arguments;
    const Environment& environment;
    const std::string& home;
};

void say(int fd, std::string_view text) { (void)write_all(fd, as_bytes(text)); }

void take_environment(const Environment& environment)
{
    ::clearenv();
    for (auto& line : environment.lines()) {
        auto end = line.find('=');
        ::setenv(line.substr(0, end).c_str(), line.substr(end + 1).c_str(), 1);
    }
}

int serve_sftp(const Call& call)
{
    auto person = sftp::person_from(call.environment, call.environment.find("USER").value_or(""), call.home);
    return sftp::run_sftp_server(call.program, call.arguments, person);
}

int tell_of_sftp(const Call&)
{
    say(1, "This service allows sftp connections only.\n");
    return 1;
}

// Whatever happens, this session ends with it: the next login is the one with the new password.
int change_password(const Call&)
{
    say(2, "WARNING: Your password has expired.\n");
    if (::isatty(0) == 0) {
        say(2, "Password change required but no TTY available.\n");
        return 1;
    }
    say(2, "You must change your password now and log in again!\n");
    auto failure = execute(SpawnRequest{.program = passwd, .arguments = {"passwd"}}).why;
    say(2, failure.what + "\n");
    return 1;
}

int tell_of_no_session(const Call& call)
{
    for (auto& text : call.arguments)
        say(2, text);
    return 254;
}

struct BuiltIn {
    std::string_view name;
    int (*run)(const Call& call);
    bool is_of_session;                                           // and not in the place of one
};

constexpr std::array built_ins{
    BuiltIn{internal_sftp, serve_sftp, true},
    BuiltIn{sftp_only_notice, tell_of_sftp, true},
    BuiltIn{password_change, change_password, false},
    BuiltIn{no_session_notice, tell_of_no_session, false},
};

} // namespace

bool is_built_in(std::string_view program) { return find_by_name(built_ins, program) != nullptr; }

bool is_prepared(std::string_view program)
{
    auto* built_in = find_by_name(built_ins, program);
    return !built_in || built_in->is_of_session;
}

bool names_internal_sftp(std::string_view command)
{
    if (!command.starts_with(internal_sftp))
        return false;
    auto rest = command.substr(internal_sftp.size());
    return rest.empty() || rest[0] == ' ' || rest[0] == '\t';
}

void run_built_in_program(const std::string& program, const std::vector<std::string>& arguments,
                          const Environment& environment, const std::string& home, const std::array<int, 3>& streams)
{
    for (int number = 0; number < 3; ++number)
        if (::dup2(streams[static_cast<std::size_t>(number)], number) < 0)
            exit_now(255);
    close_all_from(3);
    default_all_signals();
    take_environment(environment);
    if (::chdir(home.c_str()) < 0 && ::chdir("/") < 0)
        exit_now(255);
    auto* built_in = find_by_name(built_ins, program);
    exit_now(built_in ? built_in->run({program, arguments, environment, home}) : 255);
}

} // namespace nacre
