#include "server/built_in_programs.h"

#include <unistd.h>

#include <cstdlib>

#include "os/fd.h"
#include "os/process.h"
#include "os/signals.h"
#include "runtime/sftp_server/serve.h"

namespace nacre {
namespace {

constexpr std::string_view notice = "This service allows sftp connections only.\n";

void take_environment(const Environment& environment)
{
    ::clearenv();
    for (auto& line : environment.lines()) {
        auto end = line.find('=');
        ::setenv(line.substr(0, end).c_str(), line.substr(end + 1).c_str(), 1);
    }
}

sftp::Person person_from(const Environment& environment, const std::string& home)
{
    sftp::Person person{.name = environment.find("USER").value_or(""), .home = home};
    auto connection = environment.find("SSH_CONNECTION").value_or("");
    if (!connection.empty())
        person.from = connection.substr(0, connection.find(' '));
    return person;
}

} // namespace

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
    (void)::setsid();
    for (int number = 0; number < 3; ++number)
        if (::dup2(streams[static_cast<std::size_t>(number)], number) < 0)
            exit_now(255);
    close_all_from(3);
    default_all_signals();
    take_environment(environment);
    if (::chdir(home.c_str()) < 0 && ::chdir("/") < 0)
        exit_now(255);
    if (program == sftp_only_notice) {
        (void)write_all(1, as_bytes(notice));
        exit_now(1);
    }
    exit_now(sftp::run_sftp_server(program, arguments, person_from(environment, home)));
}

} // namespace nacre
