// The ~ commands of an interactive session (ssh(1), ESCAPE CHARACTERS): found in what is typed, in place.
//
// Only the first character of a line can begin one.  What they do is decided by the session;
// this file knows their letters and what they are for.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/bytes.h"

namespace nacre {

enum class EscapeCommand {
    disconnect,
    suspend,
    rekey,
    louder,
    quieter,
    send_break,
    help,
    list_forwards,
    show_connection,
    background,
    open_command_line,
};

class Escapes {
public:
    // `on_command` is called while filter() runs, in the order typed.
    Escapes(char escape, std::function<void(EscapeCommand)> on_command)
        : escape_(escape), on_command_(std::move(on_command))
    {
    }

    // ~C: `on_text` gets what is typed instead of the server, until it says false.
    using OnText = std::function<bool(char typed)>;
    void take_lines(OnText on_text) { on_text_ = std::move(on_text); }

    // `space` begins with `count` typed bytes and has room for one more; the result is how many bytes of it stay.  The
    // extra one is needed where an escape character was held back and turned out to be text.
    std::size_t filter(MutableBytes space, std::size_t count);

    std::string help() const;                                     // lines for the terminal, each ended by CR LF

private:
    char escape_;
    std::function<void(EscapeCommand)> on_command_;
    OnText on_text_;                                              // empty: ~C is only reported
    bool in_text_ = false;
    bool at_line_start_ = true;
    bool pending_ = false;                                        // the escape character came, its command has not yet
};

} // namespace nacre
