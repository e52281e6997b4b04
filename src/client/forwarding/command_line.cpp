#include "client/forwarding/command_line.h"

#include <fmt/format.h>

#include "client/forwarding/forward_commands.h"
#include "os/process.h"
#include "os/terminal.h"

namespace nacre {

void obey_forward_command(std::string_view line, Forwarding& forwarding, TerminalSession& session, bool may_run_locally)
{
    auto say = [&session](std::string_view text) { session.show(fmt::format("{}\r\n", text)); };
    auto command = parse_forward_command(line);
    if (!command) {
        say(command.error().what);
    } else if (auto* add = std::get_if<AddForward>(&*command)) {
        forwarding.add(add->kind, add->forward, [say](Result<const ForwardRow*> row) {
            say(row ? "Forwarding port." : fmt::format("Port forwarding failed: {}", row.error().what));
        });
    } else if (auto* cancel = std::get_if<CancelForward>(&*command)) {
        auto cancelled = forwarding.cancel(cancel->kind, cancel->listen);
        say(cancelled ? "Canceled forwarding." : cancelled.error().what);
    } else if (auto* run = std::get_if<RunLocally>(&*command); run && may_run_locally) {
        session.run_aside([run] { (void)run_in_foreground(shell_command(run->command), 0); });
    } else {
        session.show(forward_command_help(may_run_locally));
    }
}

} // namespace nacre
