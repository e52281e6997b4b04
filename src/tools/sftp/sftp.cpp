#include "tools/sftp/sftp.h"

#include <clocale>
#include <cstdio>

#include "base/text.h"
#include "os/print.h"
#include "os/signals.h"
#include "os/system_log.h"
#include "os/terminal.h"
#include "tools/copy/interrupts.h"
#include "tools/letters.h"
#include "tools/sftp/interpreter.h"
#include "tools/sftp/lines.h"
#include "tools/sftp/settings.h"

namespace nacre {

namespace {

using namespace sftp_tool;

constexpr int exit_lost = 255;                                    // no connection, or no longer

SftpLink::Settings link_settings(const Settings& settings)
{
    if (!settings.direct.empty())
        return {.command = direct_command(settings.direct), .bytes_per_second = settings.bytes_per_second};
    auto runs = settings.subsystem.contains('/') ? SshCommand::Runs::command : SshCommand::Runs::subsystem;
    return {.command = settings.ssh.words(settings.place.place, settings.subsystem, runs),
            .bytes_per_second = settings.bytes_per_second,
            .lane_command = settings.ssh.lane_words(settings.place.place, settings.subsystem, runs)};
}

// Nothing yet for a person, whose lines need the Shell.
Result<std::unique_ptr<Lines>> lines_for(const Settings& settings)
{
    if (!settings.batch_file.empty() && settings.batch_file != "-")
        return lines_of_file(settings.batch_file);
    if (settings.batch_file.empty() && is_terminal(0))
        return std::unique_ptr<Lines>{};
    return lines_of_standard_input();
}

// What the destination's path asks for: false if that was all, and it is done.
Result<std::optional<int>> begin(const Settings& settings, Shell& shell)
{
    auto& path = settings.place.path;
    if (path.empty())
        return std::optional<int>{};
    auto name = shell.absolute_name(escaped_for_glob(path));
    bool directory = TRY(shell.is_directory(name));
    if (!directory && !path.ends_with('/')) {
        bool fetched = TRY(fetch(shell, path, settings.target));
        return std::optional{fetched ? 0 : 1};
    }
    if (directory && !settings.target.empty()) {
        bool fetched = TRY(fetch(shell, escaped_for_glob(path), settings.target));
        return std::optional{fetched ? 0 : 1};
    }
    if (!shell.preferences.quiet)
        shell.say("Changing to: {}", printable_line(name));
    bool there = TRY(cd(shell, {.words = {escaped_for_glob(path)}}));
    return there ? std::optional<int>{} : std::optional{1};       // what follows was meant for that directory alone
}

Result<int> converse(const Settings& settings, SftpLink& link, std::unique_ptr<Lines> lines)
{
    Shell shell{link, settings.preferences};
    TRY(shell.enter());
    auto done = TRY(begin(settings, shell));
    if (done)
        return *done;
    if (!lines)
        lines = lines_of_a_person(shell);
    bool batch = !settings.batch_file.empty();
    auto echo = batch || !is_terminal(0) ? Echo::yes : Echo::no;
    for (;;) {
        flush_text(stdout);
        auto line = lines->next();
        if (!line) {
            shell.complain("{}", line.error().what);
            return 1;
        }
        if (!*line)
            return 0;
        forget_interrupt();
        auto executed = TRY(execute(shell, **line, echo));
        if (was_interrupted()) {
            shell.complain("Interrupt");
            if (batch)
                return 1;
            forget_interrupt();                                   // the next line is to be read
        }
        if (executed.leaves)
            return 0;
        if (batch && executed.stops_batch)
            return 1;
    }
}

int run(const Settings& settings)
{
    FdLog log{2, level_for_verbosity(settings.verbosity), LineEnd::newline};
    notice_interrupts();
    auto lines = lines_for(settings);                             // a file that is not there is told before anybody is called
    if (!lines) {
        say(stderr, "{}\n", lines.error().what);
        return exit_lost;
    }
    auto link = SftpLink::start(link_settings(settings), log);
    if (!link) {
        say(stderr, "{}\n", link.error().what);
        return exit_lost;
    }
    if (!settings.preferences.quiet)
        say(stderr, "{}.\n", settings.direct.empty() ? "Connected to " + printable_line(settings.place.place.host)
                                                     : "Attached to " + printable_line(settings.direct));
    auto status = converse(settings, **link, std::move(*lines));
    if (status)
        return *status;
    flush_text(stdout);
    say(stderr, "{}\n", status.error().what);
    return exit_lost;
}

} // namespace

int run_sftp(int count, char** arguments)
{
    ignore_broken_pipes();
    std::setlocale(LC_CTYPE, "");
    if (answers_help(count, arguments, usage()))
        return 0;
    auto settings = parse_arguments(count, arguments);
    if (settings && !settings->help)
        return run(*settings);
    if (settings)
        say(stderr, "{}", usage());
    else
        say(stderr, "{}\n", settings.error().what);
    return settings ? 1 : exit_lost;
}

} // namespace nacre
