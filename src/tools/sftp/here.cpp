// What concerns this machine, or the program itself.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/text.h"
#include "config/expand.h"
#include "os/environment.h"
#include "os/print.h"
#include "os/process.h"
#include "os/system_error.h"
#include "runtime/config_sources.h"
#include "tools/sftp/commands.h"

namespace nacre::sftp_tool {

namespace {

bool fail_with_errno(Shell& shell, std::string_view what, std::string_view path)
{
    shell.complain("{} \"{}\": {}", what, printable_line(path), os_error_text(errno));
    return false;
}

Result<bool> run_shell(Shell& shell, SpawnRequest request)
{
    flush_text(stdout);
    auto child = spawn(request);
    if (!child) {
        shell.complain("{}", child.error().what);
        return false;
    }
    auto status = child->wait();
    if (!status || status->signal != 0)
        shell.complain("Shell exited abnormally");
    else if (status->code != 0)
        shell.complain("Shell exited with status {}", status->code);
    return status && status->success();
}

} // namespace

Result<bool> escape_to_shell(Shell& shell, const Call& call)
{
    if (!call.rest.empty())
        return run_shell(shell, shell_command(call.rest));
    auto program = environment_variable("SHELL").value_or("");
    return run_shell(shell, {.program = program.empty() ? "/bin/sh" : program});
}

Result<bool> lls(Shell& shell, const Call& call) { return run_shell(shell, shell_command("ls " + call.rest, "/bin/sh")); }

Result<bool> lcd(Shell& shell, const Call& call)
{
    SystemConfigSources system;
    auto typed = call.words.empty() ? std::string{} : without_glob_escapes(call.words[0]);
    auto path = expand_home(typed.empty() ? "~" : typed, system);
    if (!path) {
        shell.complain("Couldn't change local directory to \"{}\": {}", printable_line(typed), path.error().what);
        return false;
    }
    return ::chdir(path->c_str()) == 0 || fail_with_errno(shell, "Couldn't change local directory to", *path);
}

Result<bool> lmkdir(Shell& shell, const Call& call)
{
    auto path = without_glob_escapes(call.words[0]);
    return ::mkdir(path.c_str(), 0777) == 0 || fail_with_errno(shell, "Couldn't create local directory", path);
}

Result<bool> lpwd(Shell& shell, const Call&)
{
    std::array<char, 4096> path{};
    if (!::getcwd(path.data(), path.size()))
        return fail_with_errno(shell, "Couldn't get local directory", ".");
    shell.say("Local working directory: {}", printable_line(path.data()));
    return true;
}

Result<bool> lumask(Shell& shell, const Call& call)
{
    auto& text = call.words[0];
    auto mask = parse_number<unsigned>(text, 8);
    if (!mask || *mask > 0777) {
        shell.complain("\"{}\" is no umask: octal digits, as 022", printable_line(text));
        return false;
    }
    ::umask(static_cast<mode_t>(*mask));
    shell.say("Local umask: {:03o}", *mask);
    return true;
}

Result<bool> progress(Shell& shell, const Call&)
{
    shell.preferences.progress = !shell.preferences.progress;
    shell.say("Progress meter {}", shell.preferences.progress ? "enabled" : "disabled");
    return true;
}

Result<bool> help(Shell& shell, const Call&)
{
    shell.say("Available commands:");
    for (auto& row : commands())
        if (!row.synopsis.empty())
            shell.say("{:<31} {}", row.synopsis, row.help);
    return true;
}

} // namespace nacre::sftp_tool
