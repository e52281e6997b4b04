// What CHANNEL_REQUEST carries, name by name (RFC 4254 §6.2–§6.10; RFC 4335; OpenSSH's own: PROTOCOL.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// RFC 4254 §6.2  Requesting a Pseudo-Terminal
struct PtyRequest {
    static constexpr std::string_view name = "pty-req";
    std::string_view term{};
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::uint32_t width_pixels = 0;
    std::uint32_t height_pixels = 0;
    Bytes modes{};                                                // RFC 4254 §8: terminal_modes.h
    using fields = Fields<&PtyRequest::term, &PtyRequest::columns, &PtyRequest::rows, &PtyRequest::width_pixels,
                          &PtyRequest::height_pixels, &PtyRequest::modes>;
};

// RFC 4254 §6.3.1  Requesting X11 Forwarding
struct X11Request {
    static constexpr std::string_view name = "x11-req";
    bool single_connection = false;
    std::string_view protocol{};                                  // "MIT-MAGIC-COOKIE-1"
    std::string_view cookie{};                                    // in hexadecimal
    std::uint32_t screen = 0;
    using fields = Fields<&X11Request::single_connection, &X11Request::protocol, &X11Request::cookie, &X11Request::screen>;
};

// RFC 4254 §6.4  Environment Variable Passing
struct EnvRequest {
    static constexpr std::string_view name = "env";
    std::string_view variable{};
    std::string_view value{};
    using fields = Fields<&EnvRequest::variable, &EnvRequest::value>;
};

// The server may open agent channels from now on (RFC 9987), by OpenSSH's name, which all know
struct AgentRequest {
    static constexpr std::string_view name = "auth-agent-req@openssh.com";
    using fields = Fields<>;
};
// The same by the RFC's name, for servers that announce "agent-forward"
struct StandardAgentRequest {
    static constexpr std::string_view name = "agent-req";
    using fields = Fields<>;
};

// RFC 4254 §6.5  Starting a Shell or a Command
struct ShellRequest {
    static constexpr std::string_view name = "shell";
    using fields = Fields<>;
};
struct ExecRequest {                                              // a command, for the user's shell
    static constexpr std::string_view name = "exec";
    std::string_view command{};
    using fields = Fields<&ExecRequest::command>;
};
struct SubsystemRequest {                                         // one of the server's named programs
    static constexpr std::string_view name = "subsystem";
    std::string_view subsystem{};
    using fields = Fields<&SubsystemRequest::subsystem>;
};

// "Only one of these requests can succeed per channel."
constexpr bool starts_program(std::string_view request)
{
    return request == ShellRequest::name || request == ExecRequest::name || request == SubsystemRequest::name;
}

// RFC 4254 §6.7  Window Dimension Change Message
struct WindowChange {
    static constexpr std::string_view name = "window-change";
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::uint32_t width_pixels = 0;
    std::uint32_t height_pixels = 0;
    using fields = Fields<&WindowChange::columns, &WindowChange::rows, &WindowChange::width_pixels,
                          &WindowChange::height_pixels>;
};

// RFC 4254 §6.9  Signals
struct SignalRequest {
    static constexpr std::string_view name = "signal";
    std::string_view signal{};                                    // without "SIG"
    using fields = Fields<&SignalRequest::signal>;
};

// RFC 4335 §3  The Break Request
struct BreakRequest {
    static constexpr std::string_view name = "break";
    std::uint32_t milliseconds = 0;
    using fields = Fields<&BreakRequest::milliseconds>;
};

// RFC 4254 §6.10  Returning Exit Status
struct ExitStatusRequest {
    static constexpr std::string_view name = "exit-status";
    std::uint32_t status = 0;
    using fields = Fields<&ExitStatusRequest::status>;
};
struct ExitSignalRequest {                                        // a signal has ended the program
    static constexpr std::string_view name = "exit-signal";
    std::string_view signal{};                                    // without "SIG"
    bool core_dumped = false;
    std::string_view message{};
    std::string_view language{};
    using fields = Fields<&ExitSignalRequest::signal, &ExitSignalRequest::core_dumped, &ExitSignalRequest::message, &ExitSignalRequest::language>;
};

// "no more output will be read": the peer may stop its program (PROTOCOL.md)
struct EndOfWrite {
    static constexpr std::string_view name = "eow@openssh.com";
    using fields = Fields<>;
};

} // namespace nacre
