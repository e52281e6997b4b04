// The person's terminal: raw mode, and RFC 4254 §8 terminal modes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "os/fd.h"
#include "os/process.h"
#include "os/pty.h"

struct termios;

namespace nacre {

bool is_terminal(int fd);
Result<Fd> open_own_terminal();                                   // /dev/tty

// Raw while it lives.  leave() and enter() may alternate (suspending); leave() is safe in any
// state, also in a signal handler.
class RawTerminal {
public:
    static Result<RawTerminal> enter(int fd);
    RawTerminal(RawTerminal&&) noexcept;
    RawTerminal& operator=(RawTerminal&&) noexcept;
    ~RawTerminal();

    void leave() noexcept;
    Result<void> enter_again();

private:
    struct State;
    explicit RawTerminal(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

// Waits for what it starts, which has the terminal to itself meanwhile: what is typed to interrupt ends that, and nobody
// else of our process group (the way to the server, say).  It cannot be suspended, since nobody would wake it.
Result<ExitStatus> run_in_foreground(SpawnRequest request, int terminal);

// RFC 4254 §8: (opcode, value), speeds (128, 129) included, TTY_OP_END not.
using TerminalModeValues = std::vector<std::pair<std::uint8_t, std::uint32_t>>;

TerminalModeValues terminal_modes(const ::termios& settings);
// Unknown opcodes and values out of range are passed over.
void apply_terminal_modes(::termios& settings, std::span<const std::pair<std::uint8_t, std::uint32_t>> modes);

// The same on a descriptor.
Result<TerminalModeValues> terminal_modes_of(int terminal);
Result<void> set_terminal_modes(int terminal, std::span<const std::pair<std::uint8_t, std::uint32_t>> modes);

} // namespace nacre
