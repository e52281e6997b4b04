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
    std::string_view about;
};

constexpr char control_z = 'Z' & 0x1f;

constexpr std::array rows{
    EscapeRow{'.', ".", EscapeCommand::disconnect, "end the connection, and every session in it"},
    EscapeRow{control_z, "^Z", EscapeCommand::suspend, "suspend ssh"},
    EscapeRow{'R', "R", EscapeCommand::rekey, "change the session keys now"},
    EscapeRow{'B', "B", EscapeCommand::send_break, "send a BREAK to the remote system"},
    EscapeRow{'v', "v", EscapeCommand::louder, "log more"},
    EscapeRow{'V', "V", EscapeCommand::quieter, "log less"},
    EscapeRow{'#', "#", EscapeCommand::list_forwards, "list forwarded connections"},
    EscapeRow{'I', "I", EscapeCommand::show_connection, "tell about this connection"},
    EscapeRow{'&', "&", EscapeCommand::background, "go to the background while forwarded connections end"},
    EscapeRow{'C', "C", EscapeCommand::open_command_line, "add or cancel forwardings"},
    EscapeRow{'?', "?", EscapeCommand::help, "this list"},
};

} // namespace

std::size_t Escapes::filter(MutableBytes space, std::size_t count)
{
    // One slot further back, so that a held back character can come before what follows it.
    if (pending_) {
        std::memmove(space.subspan(1).data(), space.data(), count);
        ++count;
    }
    std::size_t kept = 0;
    for (std::size_t i = pending_ ? 1 : 0; i < count; ++i) {
        char typed = static_cast<char>(space[i]);
        if (in_text_) {
            in_text_ = on_text_(typed);
            continue;
        }
        if (std::exchange(pending_, false)) {
            auto row = std::ranges::find(rows, typed, &EscapeRow::key);
            if (row != rows.end()) {
                at_line_start_ = true;                            // another command may follow at once
                on_command_(row->command);
                in_text_ = row->command == EscapeCommand::open_command_line && on_text_;
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
    for (auto& row : rows) {
        if (row.command == EscapeCommand::open_command_line && !on_text_)
            continue;                                             // EnableEscapeCommandline is off
        text += fmt::format(" {}{:<3} - {}\r\n", name, row.shown, row.about);
    }
    text += fmt::format(" {}{:<3} - send the escape character itself\r\n", name, name);
    text += "(Escapes are seen only at the beginning of a line.)\r\n";
    return text;
}

} // namespace nacre
