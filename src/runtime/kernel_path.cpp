#include "runtime/kernel_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/system_error.h"
#include "sftp/messages.h"

namespace nacre {

namespace {

constexpr std::size_t largest_page = std::size_t{64} << 10;
constexpr std::size_t pipe_size = std::size_t{1} << 20;           // some blocks: a client announces several at a time
static_assert(pipe_size >= 2 * (sftp::most_data + 2 * largest_page));

// A pipe has room for a number of pages, and what lies in two of a file's takes two of them.
std::size_t room_for(off_t offset, std::size_t length)
{
    static const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    auto in_front = static_cast<std::size_t>(offset) % page_size;
    return (in_front + length + page_size - 1) / page_size * page_size;
}

bool is_pipe(int fd)
{
    struct stat facts {};
    return ::fstat(fd, &facts) == 0 && S_ISFIFO(facts.st_mode);
}

} // namespace

KernelPath::KernelPath(int output) : output_(output)
{
    if (!is_pipe(output))
        return;
    auto pipe = make_pipe();
    if (pipe && ::fcntl(pipe->writer.number(), F_SETPIPE_SZ, static_cast<int>(pipe_size)) >= static_cast<int>(pipe_size))
        ours_ = *std::move(pipe);
    room_ = pipe_size;
}

std::optional<std::size_t> KernelPath::take(int file, off_t offset, std::size_t length)
{
    if (!is_open() || room_for(offset, length) > room_)
        return std::nullopt;
    // Once, as a read would be: more might wait for room that nobody makes.
    auto position = offset;
    auto count = ::splice(file, &position, ours_.writer.number(), nullptr, length, 0);
    if (count < 0)
        return std::nullopt;
    if (count > 0) {
        taken_ += static_cast<std::size_t>(count);
        room_ -= room_for(offset, static_cast<std::size_t>(count));
    }
    return static_cast<std::size_t>(count);
}

Result<Io> KernelPath::pass_on(std::size_t most)
{
    auto count = ::splice(ours_.reader.number(), nullptr, output_, nullptr, std::min(most, taken_), SPLICE_F_NONBLOCK);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return Io{.would_block = true};
    if (count <= 0)
        return errno_failure("splice", count < 0 ? errno : EPIPE);
    taken_ -= static_cast<std::size_t>(count);
    if (taken_ == 0)
        room_ = pipe_size;
    return Io{.bytes = static_cast<std::size_t>(count)};
}

} // namespace nacre
