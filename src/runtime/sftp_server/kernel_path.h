// The way of a file's bytes to the client that leads past our memory: from the page cache into a pipe of our own, and
// from there into the output, by splice(2).
//
// The detour through our own pipe tells how many bytes there are before the message that announces them is sent.  What
// is in the pipe must be passed on before anything else is sent.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>

#include "base/result.h"
#include "os/fd.h"

namespace nacre::sftp {

class KernelPath {
public:
    // Closed where `output` is no pipe, or none as large as a message is to be had.
    explicit KernelPath(int output);

    bool is_open() const { return static_cast<bool>(ours_.reader); }
    // How many bytes, `length` at most, are on their way now (0: the file ends before `offset`); nothing where this file
    // must be read.
    std::optional<std::size_t> take(int file, off_t offset, std::size_t length);
    std::size_t taken() const { return taken_; }
    // Waits until the client has room for all that was taken.
    Result<void> pass_on();

    // From here on it is cheaper than copying.
    static constexpr std::size_t worthwhile = std::size_t{16} << 10;

private:
    int output_;
    Pipe ours_{};
    std::size_t taken_ = 0;
};

} // namespace nacre::sftp
