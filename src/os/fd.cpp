#include "os/fd.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "os/system_error.h"

namespace nacre {
namespace {

Result<Io> written(ssize_t count)
{
    if (count >= 0)
        return Io{static_cast<std::size_t>(count), false, false};
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return Io{0, true, false};
    return errno_failure("write");
}

Result<Io> read_outcome(ssize_t count, MutableBytes space)
{
    if (count > 0)
        return Io{static_cast<std::size_t>(count), false, false};
    if (count == 0)
        return Io{0, false, !space.empty()};
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return Io{0, true, false};
    return errno_failure("read");
}

void wait_until(int fd, short events)
{
    pollfd one{fd, events, 0};
    ::poll(&one, 1, -1);
}

Result<int> change_flags(int fd, int get, int set, int flag, bool on)
{
    int flags = ::fcntl(fd, get);
    if (flags < 0)
        return errno_failure("fcntl");
    int wanted = on ? flags | flag : flags & ~flag;
    if (wanted != flags && ::fcntl(fd, set, wanted) < 0)
        return errno_failure("fcntl");
    return wanted;
}

void close_range_of(unsigned first, unsigned last)
{
    if (first > last || ::close_range(first, last, 0) == 0)
        return;
    // Before Linux 5.9, or under a filter: one by one, as far as numbers can go.
    auto limit = static_cast<unsigned>(std::clamp(::sysconf(_SC_OPEN_MAX), 256L, 65536L));
    for (unsigned fd = first; fd <= std::min(last, limit); ++fd)
        ::close(static_cast<int>(fd));
}

} // namespace

Fd& Fd::operator=(Fd&& other) noexcept
{
    if (this != &other) {
        close();
        number_ = other.release();
    }
    return *this;
}

void Fd::close()
{
    // Not repeated on EINTR: Linux has given the number back by then.
    if (number_ >= 0)
        ::close(release());
}

Result<Pipe> make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0)
        return errno_failure("pipe");
    return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

Result<SocketPair> make_socket_pair(SocketPairKind kind)
{
    std::array<int, 2> ends{};
    int type = kind == SocketPairKind::stream ? SOCK_STREAM : SOCK_SEQPACKET;
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) < 0)
        return errno_failure("socketpair");
    return SocketPair{Fd{ends[0]}, Fd{ends[1]}};
}

Result<Fd> duplicate(int fd)
{
    int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return errno_failure("dup");
    return Fd{copy};
}

Result<Fd> open_null_device()
{
    int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno_failure("/dev/null");
    return Fd{fd};
}

Result<void> replace_by_null_device(int fd)
{
    auto null = TRY(open_null_device());
    return ::dup2(null.number(), fd) < 0 ? errno_failure("dup") : Result<void>{};
}

Result<void> set_blocking(int fd, Blocking blocking)
{
    TRY(change_flags(fd, F_GETFL, F_SETFL, O_NONBLOCK, blocking == Blocking::no));
    return {};
}

Result<bool> is_blocking(int fd)
{
    int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0)
        return errno_failure("fcntl");
    return (flags & O_NONBLOCK) == 0;
}

Result<NonBlocking> NonBlocking::make(int fd)
{
    NonBlocking made;
    bool waits = TRY(is_blocking(fd));
    if (!waits)
        return made;
    made.was_blocking_ = TRY(duplicate(fd));
    TRY(set_blocking(fd, Blocking::no));
    return made;
}

NonBlocking& NonBlocking::operator=(NonBlocking&& other) noexcept
{
    put_back();
    was_blocking_ = std::move(other.was_blocking_);
    return *this;
}

void NonBlocking::put_back()
{
    if (was_blocking_)
        (void)set_blocking(was_blocking_.number(), Blocking::yes);
}

Result<void> set_inherited(int fd, Inherited inherited)
{
    TRY(change_flags(fd, F_GETFD, F_SETFD, FD_CLOEXEC, inherited == Inherited::no));
    return {};
}

void inherit_standard_streams_only()
{
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    // Before Linux 5.11.
    auto limit = static_cast<int>(std::clamp(::sysconf(_SC_OPEN_MAX), 256L, 65536L));
    for (int fd = 3; fd < limit; ++fd)
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

Result<Io> read_some(int fd, MutableBytes space)
{
    for (;;) {
        auto count = ::read(fd, space.data(), space.size());
        if (count >= 0 || errno != EINTR)
            return read_outcome(count, space);
    }
}

Result<Io> write_some(int fd, Bytes bytes)
{
    for (;;) {
        auto count = ::write(fd, bytes.data(), bytes.size());
        if (count >= 0 || errno != EINTR)
            return written(count);
    }
}

namespace {

// What a system call wants to know of at most 64 pieces.
struct Vector {
    explicit Vector(std::span<const Bytes> pieces) : used(std::min(pieces.size(), entries.size()))
    {
        for (std::size_t i = 0; i < used; ++i)
            entries[i] = {const_cast<std::uint8_t*>(pieces[i].data()), pieces[i].size()};
    }
    std::array<iovec, 64> entries{};
    std::size_t used;
};

} // namespace

Result<Io> write_some(int fd, std::span<const Bytes> pieces)
{
    Vector vector{pieces};
    for (;;) {
        auto count = ::writev(fd, vector.entries.data(), static_cast<int>(vector.used));
        if (count >= 0 || errno != EINTR)
            return written(count);
    }
}

Result<Io> send_some(int socket, std::span<const Bytes> pieces)
{
    Vector vector{pieces};
    msghdr message{};
    message.msg_iov = vector.entries.data();
    message.msg_iovlen = vector.used;
    for (;;) {
        auto count = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0 || errno != EINTR)
            return written(count);
    }
}

Result<Io> receive_some(int socket, MutableBytes space)
{
    for (;;) {
        auto count = ::recv(socket, space.data(), space.size(), MSG_DONTWAIT);
        if (count >= 0 || errno != EINTR)
            return read_outcome(count, space);
    }
}

Result<ByteVector> read_all(int fd, std::size_t at_most)
{
    ByteVector all;
    std::array<std::uint8_t, 8192> piece{};
    for (;;) {
        auto io = read_some(fd, piece);
        if (!io)
            return fail(std::move(io).error());
        if (io->end)
            return all;
        if (io->would_block)
            wait_until(fd, POLLIN);
        if (io->bytes > at_most - all.size())
            return bad_input("more than " + std::to_string(at_most) + " bytes");
        all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(io->bytes));
    }
}

Result<void> read_exactly(int fd, MutableBytes space)
{
    while (!space.empty()) {
        auto io = TRY(read_some(fd, space));
        if (io.end)
            return system_failure("unexpected end");
        if (io.would_block)
            wait_until(fd, POLLIN);
        space = space.subspan(io.bytes);
    }
    return {};
}

Result<void> write_all(int fd, Bytes bytes)
{
    while (!bytes.empty()) {
        auto io = TRY(write_some(fd, bytes));
        if (io.would_block)
            wait_until(fd, POLLOUT);
        bytes = bytes.subspan(io.bytes);
    }
    return {};
}

Result<void> send_all(int socket, Bytes bytes)
{
    while (!bytes.empty()) {
        auto io = TRY(send_some(socket, {&bytes, 1}));
        if (io.would_block)
            wait_until(socket, POLLOUT);
        bytes = bytes.subspan(io.bytes);
    }
    return {};
}

bool is_open(int number)
{
    return ::fcntl(number, F_GETFD) >= 0 || errno != EBADF;
}

// Opens nothing where all three are there: a process may be short of descriptors, or in an empty root.
Result<void> ensure_standard_streams()
{
    for (int number = 0; number <= 2; ++number) {
        if (is_open(number))
            continue;
        int fd = ::open("/dev/null", O_RDWR);                     // the lowest free number; on purpose not close-on-exec
        if (fd < 0)
            return errno_failure("/dev/null");
    }
    return {};
}

std::vector<int> open_numbers_from(int first)
{
    std::vector<int> numbers;
    std::error_code unreadable;
    std::filesystem::directory_iterator entry{"/proc/self/fd", unreadable}, end;
    for (; !unreadable && entry != end; entry.increment(unreadable)) {
        auto name = entry->path().filename().string();
        auto number = parse_number<int>(name);
        if (number && *number >= first)
            numbers.push_back(*number);
    }
    std::erase_if(numbers, [](int fd) { return ::fcntl(fd, F_GETFD) < 0; });   // that of the folder itself
    std::ranges::sort(numbers);
    return numbers;
}

void close_numbers(std::span<const int> numbers)
{
    for (int number : numbers)
        ::close(number);
}

void close_all_from(int first, std::span<const int> kept)
{
    std::vector<int> spared(kept.begin(), kept.end());
    std::ranges::sort(spared);
    auto next = static_cast<unsigned>(std::max(first, 0));
    for (int fd : spared) {
        auto number = static_cast<unsigned>(fd);
        if (fd < 0 || number < next)
            continue;
        if (number > next)
            close_range_of(next, number - 1);
        next = number + 1;
    }
    close_range_of(next, ~0U);
}

} // namespace nacre
