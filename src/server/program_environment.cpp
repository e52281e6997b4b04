#include "server/program_environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/pattern.h"
#include "base/text.h"

namespace nacre {
namespace {

// Debian's, as everywhere else on the system.
constexpr std::string_view user_path = "/usr/local/bin:/usr/bin:/bin:/usr/games";
constexpr std::string_view root_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool key_may_set(const UserEnvironment& permitted, std::string_view name)
{
    return permitted.on && (permitted.names.empty() || matches_pattern_list(name, permitted.names) == PatternMatch::yes);
}

void add_identity(Environment& environment, const UserAccount& account)
{
    environment.set("USER", account.name);
    environment.set("LOGNAME", account.name);
    environment.set("HOME", account.home);
    environment.set("PATH", account.uid == 0 ? root_path : user_path);
    environment.set("SHELL", account.shell);
}

void add_from_pam(Environment& environment, const Environment& from_pam)
{
    for (auto& line : from_pam.lines())
        if (!line.starts_with("SSH_AUTH_INFO"))
            environment.set_line(line);
}

} // namespace

ProgramEnvironment program_environment(const ProgramSituation& situation)
{
    Environment before;
    for (auto& variable : situation.from_client)
        before.set(variable.name, variable.value);
    add_identity(before, situation.account);
    if (!situation.uses_pam)
        before.set("MAIL", "/var/mail/" + situation.account.name);
    if (!situation.time_zone.empty())
        before.set("TZ", situation.time_zone);
    if (!situation.term.empty())
        before.set("TERM", situation.term);
    if (!situation.tickets.empty())
        before.set("KRB5CCNAME", situation.tickets);
    for (auto& variable : situation.from_key)
        if (key_may_set(situation.user_environment, variable.name))
            before.set(variable.name, variable.value);

    auto& c = situation.connection;
    Environment after;
    add_from_pam(after, situation.from_pam);
    for (auto& variable : situation.from_config)
        after.set(variable.name, variable.value);
    after.set("SSH_CLIENT", fmt::format("{} {} {}", c.peer_host, c.peer_port, c.local_port));
    after.set("SSH_CONNECTION", fmt::format("{} {} {} {}", c.peer_host, c.peer_port, c.local_host, c.local_port));
    if (!situation.terminal.empty())
        after.set("SSH_TTY", situation.terminal);
    if (situation.command_is_forced && !situation.original_command.empty())
        after.set("SSH_ORIGINAL_COMMAND", situation.original_command);
    return {before.lines(), after.lines()};
}

bool accepts_variable(const std::vector<std::string>& patterns, std::string_view name)
{
    return std::ranges::any_of(patterns, [&](auto& pattern) { return matches_pattern(name, pattern); });
}

std::vector<std::string> read_user_environment(std::string_view text, std::string_view names)
{
    std::vector<std::string> lines;
    for (auto line : split(text, '\n')) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));   // what ends it is the value's
        auto equals = line.find('=');
        if (line.empty() || line.starts_with('#') || equals == std::string_view::npos || equals == 0)
            continue;
        if (!names.empty() && matches_pattern_list(line.substr(0, equals), names) != PatternMatch::yes)
            continue;
        lines.emplace_back(line);
    }
    return lines;
}

} // namespace nacre
