#include "client/forwarding/forward_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace nacre {
namespace {

struct Letter {
    char letter;
    ForwardKind kind;
    std::string_view takes;
    std::string_view about;
};

constexpr std::array letters{
    Letter{'L', ForwardKind::local, "[address:]port:host:hostport", "a port here leads to a place behind the server"},
    Letter{'R', ForwardKind::remote, "[address:]port:host:hostport", "a port of the server leads to a place here"},
    Letter{'D', ForwardKind::dynamic, "[address:]port", "a port here serves SOCKS"},
};

Result<Forward::End> parse_listen(std::string_view text)
{
    if (text.contains('/'))
        return Forward::End{.host = {}, .port = 0, .path = std::string{text}};
    auto forward = TRY(parse_forward(text, ForwardKind::dynamic));
    return std::move(forward.listen);
}

} // namespace

Result<ForwardCommand> parse_forward_command(std::string_view line)
{
    line = trim(line);
    if (line.starts_with('!'))
        return RunLocally{std::string{trim(line.substr(1))}};
    if (line.starts_with('-'))
        line.remove_prefix(1);
    if (line.empty() || line[0] == '?' || line[0] == 'h' || line[0] == 'H')
        return ShowHelp{};
    bool cancel = line[0] == 'K';
    if (cancel)
        line.remove_prefix(1);
    auto row = std::ranges::find(letters, line.empty() ? '\0' : line[0], &Letter::letter);
    if (row == letters.end())
        return bad_input("Invalid command.");
    auto rest = trim(line.substr(1));
    if (cancel) {
        auto listen = parse_listen(rest);
        if (!listen)
            return bad_input("Bad forwarding close specification.");
        return CancelForward{row->kind, std::move(*listen)};
    }
    auto forward = parse_forward(rest, row->kind);
    if (!forward)
        return bad_input(fmt::format("Bad forwarding specification: {}", forward.error().what));
    return AddForward{row->kind, std::move(*forward)};
}

std::string forward_command_help(bool may_run_locally)
{
    std::string text = "Commands:\r\n";
    for (auto& row : letters)
        text += fmt::format("  -{} {:<30} {}\r\n", row.letter, row.takes, row.about);
    for (auto& row : letters)
        text += fmt::format("  -K{} {:<29} ends that\r\n", row.letter, "[address:]port");
    if (may_run_locally)
        text += fmt::format("  !{:<33} {}\r\n", "command", "runs it here");
    return text;
}

} // namespace nacre
