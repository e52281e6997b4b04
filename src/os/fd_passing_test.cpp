#include "os/fd_passing.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace nacre {
namespace {

std::size_t open_fds()
{
    std::size_t count = 0;
    for (int fd = 0; fd < 256; ++fd)
        count += ::fcntl(fd, F_GETFD) >= 0 ? 1U : 0U;
    return count;
}

TEST(FdPassing, CarriesDescriptorsWithTheirBytes)
{
    for (auto kind : {SocketPairKind::stream, SocketPairKind::packets}) {
        auto pair = make_socket_pair(kind);
        auto pipe = make_pipe();
        ASSERT_TRUE(pair && pipe);
        std::array fds{pipe->reader.number(), pipe->writer.number()};
        auto sent = send_fds(pair->ours.number(), as_bytes("here"), fds);
        ASSERT_TRUE(sent);
        EXPECT_EQ(sent->bytes, 4U);
        std::array<std::uint8_t, 64> space{};
        auto received = receive_fds(pair->theirs.number(), space);
        ASSERT_TRUE(received);
        EXPECT_EQ(as_text(Bytes{space}.first(received->io.bytes)), "here");
        ASSERT_EQ(received->fds.size(), 2U);
        EXPECT_EQ(::fcntl(received->fds[0].number(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        pipe->writer.close();
        ASSERT_TRUE(write_all(received->fds[1].number(), as_bytes("x")));
        received->fds[1].close();
        auto through = read_all(received->fds[0].number(), 10);
        ASSERT_TRUE(through);
        EXPECT_EQ(as_text(*through), "x");
    }
}

TEST(FdPassing, TakesSixteenAndRefusesMoreWithoutLeaking)
{
    auto pair = make_socket_pair(SocketPairKind::packets);
    ASSERT_TRUE(pair);
    std::array<std::uint8_t, 64> space{};
    std::vector<int> many(most_passed_fds, 0);
    ASSERT_TRUE(send_fds(pair->ours.number(), as_bytes("a"), many));
    {
        auto received = receive_fds(pair->theirs.number(), space);
        ASSERT_TRUE(received);
        EXPECT_EQ(received->fds.size(), most_passed_fds);
    }
    for (std::size_t count : {17UL, 40UL}) {
        auto before = open_fds();
        // send_fds would not do it: a stranger's sendmsg.
        std::vector<unsigned char> control(CMSG_SPACE(count * sizeof(int)));
        iovec piece{space.data(), 1};
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        ASSERT_EQ(::sendmsg(pair->ours.number(), &message, 0), 1);
        EXPECT_FALSE(receive_fds(pair->theirs.number(), space)) << count;
        EXPECT_EQ(open_fds(), before) << count;
    }
}

TEST(FdPassing, ATruncatedPacketIsAnError)
{
    auto pair = make_socket_pair(SocketPairKind::packets);
    ASSERT_TRUE(pair);
    ASSERT_TRUE(send_fds(pair->ours.number(), as_bytes("too long"), {}));
    std::array<std::uint8_t, 4> space{};
    EXPECT_FALSE(receive_fds(pair->theirs.number(), space));
}

TEST(FdPassing, WaitingAndTheEndAreOutcomes)
{
    auto pair = make_socket_pair();
    ASSERT_TRUE(pair);
    ASSERT_TRUE(set_blocking(pair->theirs.number(), Blocking::no));
    std::array<std::uint8_t, 4> space{};
    auto nothing = receive_fds(pair->theirs.number(), space);
    ASSERT_TRUE(nothing);
    EXPECT_TRUE(nothing->io.would_block);
    pair->ours.close();
    auto end = receive_fds(pair->theirs.number(), space);
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->io.end);
}

} // namespace
} // namespace nacre
