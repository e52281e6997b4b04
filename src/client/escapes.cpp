#include "client/escapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace nacre {
namespace {

struct EscapeRow {
    char key;
    std::string_view shown;
    EscapeCommand command;
    bool available;
    std::string_view about;
};

constexpr char control_z = 'Z' & 0x1f;

constexpr std::array rows{
    EscapeRow{'.', ".", EscapeCommand::disconnect, true, "end the connection, and every session in it"},
    EscapeRow{control_z, "^Z", EscapeCommand::suspend, true, "suspend ssh"},
    EscapeRow{'R', "R", EscapeCommand::rekey, true, "change the session keys now"},
    EscapeRow{'B', "B", EscapeCommand::send_break, true, "send a BREAK to the remote system"},
    EscapeRow{'v', "v", EscapeCommand::louder, true, "log more"},
    EscapeRow{'V', "V", EscapeCommand::quieter, true, "log less"},
    EscapeRow{'#', "#", EscapeCommand::list_forwards, false, "list forwarded connections"},
    EscapeRow{'&', "&", EscapeCommand::background, false, "go to the background when only forwards are left"},
    EscapeRow{'C', "C", EscapeCommand::open_command_line, false, "add or cancel forwardings"},
    EscapeRow{'?', "?", EscapeCommand::help, true, "this list"},
};

} // namespace

bool is_available(EscapeCommand command)
{
    return std::ranges::find(rows, command, &EscapeRow::command)->available;
}

std::size_t Escapes::filter(MutableBytes space, std::size_t count)
{
    // One slot further back, so that a held back character can come before what follows it.
    if (pending_) {
        std::memmove(space.data() + 1, space.data(), count);
        ++count;
    }
    std::size_t kept = 0;
    for (std::size_t i = pending_ ? 1 : 0; i < count; ++i) {
        char typed = static_cast<char>(space[i]);
        if (std::exchange(pending_, false)) {
            auto row = std::ranges::find(rows, typed, &EscapeRow::key);
            if (row != rows.end()) {
                at_line_start_ = true;                            // another command may follow at once
                on_command_(row->command);
                continue;
            }
            space[kept++] = static_cast<std::uint8_t>(escape_);   // "~~" is one; "~x" is both
            at_line_start_ = false;
            if (typed == escape_)
                continue;
        } else if (at_line_start_ && typed == escape_) {
            pending_ = true;
            continue;
        }
        space[kept++] = static_cast<std::uint8_t>(typed);
        at_line_start_ = typed == '\r' || typed == '\n';
    }
    return kept;
}

std::string Escapes::help() const
{
    std::string name = static_cast<unsigned char>(escape_) < 0x20 ? fmt::format("^{}", static_cast<char>(escape_ + 64))
                                                                  : std::string(1, escape_);
    std::string text = fmt::format("{}?\r\nSupported escape sequences:\r\n", name);
    for (auto& row : rows)
        text += fmt::format(" {}{:<3} - {}{}\r\n", name, row.shown, row.about, row.available ? "" : " (not supported yet)");
    text += fmt::format(" {}{:<3} - send the escape character itself\r\n", name, name);
    text += "(Escapes are seen only at the beginning of a line.)\r\n";
    return text;
}

} // namespace nacre
