// The way of a file's bytes that leads past our memory: from the page cache into a pipe of our own, and from there into
// the output, by splice(2).
//
// The detour through our own pipe tells how many bytes there are before the message that announces them is sent.  What
// is in the pipe is passed on in the order in which it was taken, and nothing else may be sent where it belongs.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>

#include "base/result.h"
#include "os/fd.h"

namespace nacre {

class KernelPath {
public:
    KernelPath() = default;                                       // closed
    // Closed where `output` is no pipe, or no pipe of our own is to be had.
    explicit KernelPath(int output);

    bool is_open() const { return static_cast<bool>(ours_.reader); }
    // How many bytes, `length` at most, wait in our pipe now (0: the file ends before `offset`); nothing where it has no
    // room for so many, or this file must be read.
    std::optional<std::size_t> take(int file, off_t offset, std::size_t length);
    std::size_t taken() const { return taken_; }                  // and not passed on yet
    // As many of them, `most` at most, as the output has room for at once; none may be.
    Result<Io> pass_on(std::size_t most);

    // From here on it is cheaper than copying.
    static constexpr std::size_t worthwhile = std::size_t{16} << 10;

private:
    int output_ = -1;
    Pipe ours_{};
    std::size_t taken_ = 0;
    std::size_t room_ = 0;                                        // bytes; what is in a page may begin and end inside it
};

} // namespace nacre
