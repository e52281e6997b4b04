#include "runtime/sftp_server/kernel_path.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/system_error.h"
#include "sftp/messages.h"

namespace nacre::sftp {

namespace {

constexpr int pipe_size = 512 * 1024;
static_assert(pipe_size >= int{most_data} + 2 * 4096, "a block that begins and ends inside a page");

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
    if (pipe && ::fcntl(pipe->writer.number(), F_SETPIPE_SZ, pipe_size) >= pipe_size)
        ours_ = *std::move(pipe);
}

std::optional<std::size_t> KernelPath::take(int file, off_t offset, std::size_t length)
{
    if (!is_open() || taken_ > 0)
        return std::nullopt;
    // Once, as a read would be: more might wait for room that nobody makes.
    auto count = ::splice(file, &offset, ours_.writer.number(), nullptr, length, 0);
    if (count < 0)
        return std::nullopt;
    taken_ = static_cast<std::size_t>(count);
    return taken_;
}

Result<void> KernelPath::pass_on()
{
    while (taken_ > 0) {
        auto count = ::splice(ours_.reader.number(), nullptr, output_, nullptr, taken_, 0);
        if (count > 0) {
            taken_ -= static_cast<std::size_t>(count);
        } else if (count < 0 && errno == EAGAIN) {
            pollfd room{output_, POLLOUT, 0};
            (void)::poll(&room, 1, -1);
        } else if (count == 0 || errno != EINTR) {
            return errno_failure("splice");
        }
    }
    return {};
}

} // namespace nacre::sftp
