#include "runtime/sftp_server/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/text.h"
#include "config/expand.h"
#include "os/privileges.h"
#include "os/signals.h"
#include "os/system_error.h"
#include "runtime/sftp_server/file_requests.h"
#include "runtime/sftp_server/settings.h"

namespace nacre::sftp {

namespace {

constexpr int input = 0, output = 1, errors = 2;
constexpr int pipe_size = 512 * 1024;                             // as much as one batch of answers

void wait_for(int fd, short events)
{
    pollfd one{fd, events, 0};
    (void)::poll(&one, 1, -1);
}

Result<void> send_all(Server& server)
{
    while (!server.to_send().empty()) {
        auto outcome = TRY(write_some(output, server.to_send()));
        server.sent(outcome.bytes);
        if (outcome.would_block)
            wait_for(output, POLLOUT);
    }
    return {};
}

Result<void> pass_on_all(KernelPath& kernel_path)
{
    while (kernel_path.taken() > 0) {
        auto outcome = TRY(kernel_path.pass_on(kernel_path.taken()));
        if (outcome.would_block)
            wait_for(output, POLLOUT);
    }
    return {};
}

// One thing after the other: read what is there, answer all of it, send the answers.  While they are not taken nothing
// is read, so a client that does not listen waits, and costs no memory.
Result<void> converse(Server& server, FileRequests& files, KernelPath& kernel_path)
{
    for (;;) {
        for (;;) {
            auto asked = server.next();
            if (!asked) {                                         // what came before the broken message has its answers
                (void)send_all(server);
                return fail(std::move(asked).error());
            }
            if (!*asked)
                break;
            files.answer(**asked);
            if (kernel_path.taken() > 0) {
                TRY(send_all(server));
                TRY(pass_on_all(kernel_path));
            }
        }
        if (!server.to_send().empty()) {
            TRY(send_all(server));
            continue;
        }
        auto outcome = TRY(read_some(input, server.receive_space()));
        if (outcome.end)
            return {};
        server.received(outcome.bytes);
        if (outcome.would_block)
            wait_for(input, POLLIN);
    }
}

Result<void> enter_start_directory(const std::string& wanted, const Person& person)
{
    Tokens values;
    values.set('d', person.home).set('u', person.name);
    auto directory = TRY(expand_tokens(wanted, values, "du"));
    if (::chdir(directory.c_str()) < 0)
        return errno_failure("chdir to \"" + printable(directory) + "\" failed");
    return {};
}

std::unique_ptr<Log> make_log(const ServerSettings& settings, const std::string& program)
{
    if (settings.log_to_stderr)
        return std::make_unique<FdLog>(errors, settings.log_level, LineEnd::newline);
    return std::make_unique<SyslogLog>(program, settings.facility, settings.log_level);
}

void say(int fd, std::string_view text) { (void)write_all(fd, as_bytes(text)); }

int serve(const ServerSettings& settings, const std::string& program, const Person& person)
{
    ignore_broken_pipes();
    // A debugger, or /proc/self/mem through our own eyes, could give a client more than files.
    (void)forbid_tracing();
    auto log = make_log(settings, program);
    if (settings.mask)
        ::umask(static_cast<mode_t>(*settings.mask));
    for (int fd : {input, output})
        (void)::fcntl(fd, F_SETPIPE_SZ, pipe_size);               // a wish: refused for what is no pipe
    log->info("session opened for local user {} from [{}]", printable(person.name), printable(person.from));
    if (!settings.start_directory.empty())
        if (auto entered = enter_start_directory(settings.start_directory, person); !entered)
            log->error("{}", entered.error().what);
    Server server{settings.rules, *log};
    KernelPath kernel_path{output};
    FileRequests files{server, kernel_path, person, *log};
    auto ended = converse(server, files, kernel_path);
    files.close_all();
    if (!ended)
        log->error("{}", printable(ended.error().what));
    log->info("session closed for local user {} from [{}]", printable(person.name), printable(person.from));
    return ended ? 0 : 255;
}

} // namespace

Person person_from(const Environment& environment, std::string name, std::string home)
{
    Person person{.name = std::move(name), .home = std::move(home)};
    auto connection = environment.find("SSH_CONNECTION").value_or("");
    if (!connection.empty())
        person.from = connection.substr(0, connection.find(' '));
    person.names_link_first = environment.find(link_first_variable).has_value();
    return person;
}

int run_sftp_server(const std::string& program, const std::vector<std::string>& arguments, const Person& person)
{
    std::string complaint;
    auto settings = parse_server_arguments(arguments, complaint);
    if (!settings) {
        say(errors, program + ": " + settings.error().what + "\n");
        return 255;
    }
    if (settings->help) {
        if (!complaint.empty())
            say(errors, program + ": " + complaint + "\n");
        say(errors, server_usage());
        return 1;
    }
    if (settings->list_requests) {
        for (auto& kind : request_kinds())
            say(output, std::string{kind.name} + "\n");
        return 0;
    }
    return serve(*settings, program, person);
}

} // namespace nacre::sftp
