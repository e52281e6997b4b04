#include "os/fd_passing.h"

#include <sys/socket.h>

#include <array>
#include <cstring>

#include "base/contract.h"
#include "os/system_error.h"

namespace nacre {
namespace {

// Room for one more than allowed, so that too many is seen as such.
constexpr std::size_t control_size = CMSG_SPACE((most_passed_fds + 1) * sizeof(int));

struct alignas(cmsghdr) ControlSpace {
    std::array<unsigned char, control_size> bytes{};
};

// Takes ownership of everything that came, before anything is judged.
std::vector<Fd> take_fds(msghdr& message)
{
    std::vector<Fd> fds;
    for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS || header->cmsg_len < CMSG_LEN(0))
            continue;
        auto count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            fds.emplace_back(fd);
        }
    }
    return fds;
}

} // namespace

Result<Io> send_fds(int socket, Bytes bytes, std::span<const int> fds, Blocking blocking)
{
    NACRE_EXPECTS(!bytes.empty() && fds.size() <= most_passed_fds);
    iovec piece{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    ControlSpace control;
    if (!fds.empty()) {
        message.msg_control = control.bytes.data();
        message.msg_controllen = CMSG_SPACE(fds.size_bytes());
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fds.size_bytes());
        std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
    }
    int flags = MSG_NOSIGNAL | (blocking == Blocking::no ? MSG_DONTWAIT : 0);
    for (;;) {
        auto count = ::sendmsg(socket, &message, flags);
        if (count >= 0)
            return Io{static_cast<std::size_t>(count), false, false};
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return Io{0, true, false};
        if (errno != EINTR)
            return errno_failure("sendmsg");
    }
}

Result<ReceivedFds> receive_fds(int socket, MutableBytes space)
{
    NACRE_EXPECTS(!space.empty());
    iovec piece{space.data(), space.size()};
    ControlSpace control;
    for (;;) {
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control.bytes.data();
        message.msg_controllen = control.bytes.size();
        auto count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return ReceivedFds{Io{0, true, false}, {}};
        if (count < 0)
            return errno_failure("recvmsg");
        auto fds = take_fds(message);
        if ((message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0)
            return peer_misbehaved("message or descriptors do not fit");
        if (fds.size() > most_passed_fds)
            return peer_misbehaved("too many descriptors in one message");
        return ReceivedFds{Io{static_cast<std::size_t>(count), false, count == 0}, std::move(fds)};
    }
}

} // namespace nacre
