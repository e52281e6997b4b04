// How a program that a session runs has ended, by what the server says of it (RFC 4254 §6.10).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "connection/connection_events.h"

namespace nacre {

// How a program has ended.
struct ProgramEnd {
    std::optional<std::uint32_t> status{};                        // nothing: a signal did it, or the server did not say
    std::string signal{};                                         // without "SIG"; as sent: not printable
    bool core_dumped = false;                                     // by that signal

    // Something else that the server says of it: what it said before is still so.
    void learn(ProgramEnd more)
    {
        if (more.status)
            status = more.status;
        else
            signal = std::move(more.signal), core_dumped = more.core_dumped;
    }
    // As ssh ends: 255 where there is no status.
    int exit_status() const { return status ? static_cast<int>(*status & 0xff) : 255; }
};

// What such a request says.  Nothing: it is another one, or cannot be read.
std::optional<ProgramEnd> read_program_end(const Requested& event);

} // namespace nacre
