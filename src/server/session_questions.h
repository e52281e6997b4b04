// What sshd-net asks the monitor once somebody is logged in, and what it hears.
//
// `session` is the number that sshd-net gave the session, never used twice.  Each question marked → is answered
// exactly once, in order per session; also if the session is gone.  AskProgram takes its time: until it is answered,
// nothing else that is answered is asked of its session.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// What is beyond is refused, with a line in the log, and ends nothing.
namespace session_limits {
inline constexpr std::size_t variables = 128;                     // of one session
inline constexpr std::size_t variable = 120 * 1024;               // bytes of name and value: as one argument
inline constexpr std::size_t environment = 1024 * 1024;           // of all of them: exec takes a quarter of the stack
inline constexpr std::size_t command = 120 * 1024;                // the kernel takes 128 KiB for one argument
} // namespace session_limits

// Of the one program of a session, on either side of the fence.  One that would not start leaves room for another.
enum class ProgramState : std::uint8_t { none, starting, running, ended };

// ---- sshd-net → monitor ------------------------------------------------------------------

// → SessionAnswer
struct OpenSession {
    static constexpr std::string_view name = "open-session";
    static constexpr MessageNumber number{40};
    std::uint32_t session = 0;
    using fields = Fields<&OpenSession::session>;
};

// → SessionAnswer
struct AskTerminal {
    static constexpr std::string_view name = "ask-terminal";
    static constexpr MessageNumber number{41};
    std::uint32_t session = 0;
    std::string_view term;
    std::uint32_t columns = 0, rows = 0, width_pixels = 0, height_pixels = 0;
    Bytes modes;                                                  // RFC 4254 §8
    using fields = Fields<&AskTerminal::session, &AskTerminal::term, &AskTerminal::columns, &AskTerminal::rows,
                          &AskTerminal::width_pixels, &AskTerminal::height_pixels, &AskTerminal::modes>;
};

// → SessionAnswer
struct AskVariable {
    static constexpr std::string_view name = "ask-variable";
    static constexpr MessageNumber number{42};
    std::uint32_t session = 0;
    std::string_view variable, value;
    using fields = Fields<&AskVariable::session, &AskVariable::variable, &AskVariable::value>;
};

enum class ProgramKind : std::uint8_t { shell = 0, command = 1, subsystem = 2 };

// → ProgramRunning
struct AskProgram {
    static constexpr std::string_view name = "ask-program";
    static constexpr MessageNumber number{43};
    std::uint32_t session = 0;
    ProgramKind kind = ProgramKind::shell;
    std::string_view command;                                     // or the subsystem's name
    using fields = Fields<&AskProgram::session, &AskProgram::kind, &AskProgram::command>;
};

struct WindowChanged {
    static constexpr std::string_view name = "window-changed";
    static constexpr MessageNumber number{44};
    std::uint32_t session = 0;
    std::uint32_t columns = 0, rows = 0, width_pixels = 0, height_pixels = 0;
    using fields = Fields<&WindowChanged::session, &WindowChanged::columns, &WindowChanged::rows,
                          &WindowChanged::width_pixels, &WindowChanged::height_pixels>;
};

// → SessionAnswer
struct AskSignal {
    static constexpr std::string_view name = "ask-signal";
    static constexpr MessageNumber number{45};
    std::uint32_t session = 0;
    std::string_view signal;                                      // "TERM"
    using fields = Fields<&AskSignal::session, &AskSignal::signal>;
};

// → SessionAnswer
struct AskBreak {
    static constexpr std::string_view name = "ask-break";
    static constexpr MessageNumber number{46};
    std::uint32_t session = 0;
    std::uint32_t milliseconds = 0;
    using fields = Fields<&AskBreak::session, &AskBreak::milliseconds>;
};

// The channel is closed.
struct SessionGone {
    static constexpr std::string_view name = "session-gone";
    static constexpr MessageNumber number{47};
    std::uint32_t session = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0;                    // of its data, for the log
    using fields = Fields<&SessionGone::session, &SessionGone::bytes_in, &SessionGone::bytes_out>;
};

// ---- monitor → sshd-net ------------------------------------------------------------------

struct SessionAnswer {
    static constexpr std::string_view name = "session-answer";
    static constexpr MessageNumber number{70};
    std::uint32_t session = 0;
    bool granted = false;
    using fields = Fields<&SessionAnswer::session, &SessionAnswer::granted>;
};

// With descriptors when granted: standard input, output and error; or, with a terminal, its master twice.
struct ProgramRunning {
    static constexpr std::string_view name = "program-running";
    static constexpr MessageNumber number{71};
    std::uint32_t session = 0;
    bool granted = false;
    bool terminal = false;
    using fields = Fields<&ProgramRunning::session, &ProgramRunning::granted, &ProgramRunning::terminal>;
};

struct ProgramEnded {
    static constexpr std::string_view name = "program-ended";
    static constexpr MessageNumber number{72};
    std::uint32_t session = 0;
    std::uint32_t status = 0;                                     // where signal is empty
    std::string_view signal;                                      // RFC 4254 §6.10
    bool core_dumped = false;
    using fields = Fields<&ProgramEnded::session, &ProgramEnded::status, &ProgramEnded::signal, &ProgramEnded::core_dumped>;
};

} // namespace nacre
