// The person's own terminal while a remote one is shown in it: raw, suspended, resized, and given back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "os/pty.h"
#include "os/terminal.h"

namespace nacre {

class LocalTerminal {
public:
    LocalTerminal();                                              // standard input, if that is a terminal

    bool is_there() const { return is_there_; }
    WindowSize size() const;                                      // zeros where nobody knows
    ByteVector encoded_modes() const;                             // RFC 4254 §8, as they are now

    void enter_raw();
    void leave_raw();
    void suspend();                                               // stops this process; returns when it continues

    void show(std::string_view text) const;                       // past the log: for help and messages of escapes

private:
    bool is_there_;
    std::optional<RawTerminal> raw_;
};

} // namespace nacre
