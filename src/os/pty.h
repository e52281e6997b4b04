// Pseudo terminals: making one, giving it to a user, and its window's size.
#pragma once

#include <cstdint>
#include <string>

#include "os/fd.h"

namespace nacre {

struct WindowSize {
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::uint32_t width_pixels = 0;
    std::uint32_t height_pixels = 0;

    friend bool operator==(const WindowSize&, const WindowSize&) = default;
};

struct Pty {
    Fd master;
    Fd slave;
    std::string name;                                             // "/dev/pts/3"
};

Result<Pty> open_pty();                                           // neither end becomes our controlling terminal

// Owner is the user, group "tty" (mode 0620) or, where there is none, the user's (mode 0600).
Result<void> give_pty(const Pty& pty, std::uint32_t uid, std::uint32_t gid);
// Back to root, 0666: before the last descriptor is closed.
Result<void> take_back_pty(const std::string& name);

Result<void> make_controlling_terminal(int slave);                // of a fresh session (setsid first)

Result<void> set_window_size(int terminal, const WindowSize& size);   // each value is cut to 16 bits
Result<WindowSize> window_size(int terminal);

} // namespace nacre
