#include "server/session_preparation.h"

#include <fmt/format.h>

#include "os/safe_file.h"

namespace nacre {
namespace {

constexpr std::string_view system_rc = "/etc/ssh/sshrc";

bool exists(std::string_view path) { return file_facts(std::string{path}).has_value(); }

// "/bin/sh PATH", by the user's shell if it is his own file.
SpawnRequest script(const std::string& path, const std::string& shell)
{
    SpawnRequest request;
    if (shell.empty()) {
        request.program = "/bin/sh";
        request.arguments = {"/bin/sh", path};
    } else {
        request.program = shell;
        request.arguments = {shell.substr(shell.rfind('/') + 1), "-c", "/bin/sh " + path};
    }
    return request;
}

void run(SpawnRequest request, const SpawnRequest& like, std::string_view input)
{
    auto pipe = make_pipe();
    if (!pipe)
        return;
    request.environment = like.environment;
    request.directory = like.directory;
    request.directory_may_fail = like.directory_may_fail;
    request.open_files = like.open_files;
    request.input = pipe->reader.number();
    request.output = like.output;
    request.error = like.error;
    auto child = spawn(request);
    pipe->reader.close();
    if (!child)
        return;
    (void)write_all(pipe->writer.number(), as_bytes(input));      // far less than a pipe holds; who does not read is forgiven
    pipe->writer.close();
    (void)child->wait();
}

} // namespace

std::string xauth_script(const SessionPreparation& preparation)
{
    auto& display = preparation.display;
    // Programs on this machine reach "localhost:10.0" as "unix:10.0", and look that name up.
    auto name = display.starts_with("localhost:") ? "unix" + display.substr(display.find(':')) : display;
    return fmt::format("remove {}\nadd {} {} {}\n", name, name, preparation.protocol, preparation.cookie);
}

void prepare_session(const SessionPreparation& preparation, const SpawnRequest& like)
{
    std::string cookie;
    if (!preparation.display.empty())
        cookie = fmt::format("{} {}\n", preparation.protocol, preparation.cookie);
    if (!preparation.user_rc.empty() && exists(preparation.user_rc)) {
        run(script(".ssh/rc", preparation.shell), like, cookie);
    } else if (exists(system_rc)) {
        run(script(std::string{system_rc}, {}), like, cookie);
    } else if (!preparation.display.empty()) {
        SpawnRequest request;
        request.program = preparation.xauth;
        request.arguments = {preparation.xauth, "-q", "-"};
        run(std::move(request), like, xauth_script(preparation));
    }
}

} // namespace nacre
