#include "os/fd.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "os/pty.h"
#include "support/in_child.h"

namespace nacre {
namespace {

bool is_open_number(int fd)
{
    return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(FdOwner, ClosesWhatItOwnsOnce)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    int number = pipe->reader.number();
    {
        Fd moved = std::move(pipe->reader);
        EXPECT_EQ(moved.number(), number);
        EXPECT_FALSE(pipe->reader.is_open());
        EXPECT_TRUE(is_open_number(number));
    }
    EXPECT_FALSE(is_open_number(number));
}

TEST(FdOwner, EverythingMadeHereIsCloseOnExec)
{
    auto pipe = make_pipe();
    auto pair = make_socket_pair();
    auto copy = duplicate(0);
    auto null = open_null_device();
    ASSERT_TRUE(pipe && pair && copy && null);
    for (int fd : {pipe->reader.number(), pipe->writer.number(), pair->ours.number(), pair->theirs.number(),
                   copy->number(), null->number()})
        EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    ASSERT_TRUE(set_inherited(null->number(), Inherited::yes));
    EXPECT_EQ(::fcntl(null->number(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(ReadSome, TellsWaitingFromTheEnd)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    ASSERT_TRUE(set_blocking(pipe->reader.number(), Blocking::no));
    EXPECT_FALSE(*is_blocking(pipe->reader.number()));
    std::array<std::uint8_t, 8> space{};
    auto nothing = read_some(pipe->reader.number(), space);
    ASSERT_TRUE(nothing);
    EXPECT_TRUE(nothing->would_block);
    ASSERT_TRUE(write_all(pipe->writer.number(), as_bytes("abc")));
    auto some = read_some(pipe->reader.number(), space);
    ASSERT_TRUE(some);
    EXPECT_EQ(some->bytes, 3U);
    pipe->writer.close();
    auto end = read_some(pipe->reader.number(), space);
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->end);
}

TEST(ReadSome, AnInputOutputErrorIsNeverAnEnd)
{
    auto pty = open_pty();
    ASSERT_TRUE(pty);
    pty->slave.close();
    std::array<std::uint8_t, 8> space{};
    auto end = read_some(pty->master.number(), space);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().os_error, EIO);
}

TEST(WriteSome, StopsWhereThePipeIsFull)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    ASSERT_TRUE(set_blocking(pipe->writer.number(), Blocking::no));
    ByteVector block(1 << 20, 7);
    auto first = write_some(pipe->writer.number(), block);
    ASSERT_TRUE(first);
    EXPECT_GT(first->bytes, 0U);
    EXPECT_LT(first->bytes, block.size());
    auto second = write_some(pipe->writer.number(), block);
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->would_block);
}

TEST(WriteSome, GathersPieces)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    std::array<Bytes, 3> pieces{as_bytes("one"), Bytes{}, as_bytes("two")};
    auto io = write_some(pipe->writer.number(), pieces);
    ASSERT_TRUE(io);
    EXPECT_EQ(io->bytes, 6U);
    pipe->writer.close();
    auto all = read_all(pipe->reader.number(), 100);
    ASSERT_TRUE(all);
    EXPECT_EQ(as_text(*all), "onetwo");
}

TEST(ReadAll, RefusesMoreThanAllowed)
{
    for (std::size_t limit : {4UL, 5UL}) {
        auto pipe = make_pipe();
        ASSERT_TRUE(pipe);
        ASSERT_TRUE(write_all(pipe->writer.number(), as_bytes("12345")));
        pipe->writer.close();
        EXPECT_EQ(read_all(pipe->reader.number(), limit).has_value(), limit == 5);
    }
}

TEST(ReadExactly, AnEarlyEndIsAnError)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    ASSERT_TRUE(write_all(pipe->writer.number(), as_bytes("12345")));
    pipe->writer.close();
    std::array<std::uint8_t, 3> space{};
    EXPECT_TRUE(read_exactly(pipe->reader.number(), space));
    EXPECT_FALSE(read_exactly(pipe->reader.number(), space));
}

TEST(StandardStreams, ClosedOnesBecomeTheNullDevice)
{
    EXPECT_EQ(test::in_child([] {
                  ::close(0);
                  ::close(2);
                  if (!ensure_standard_streams())
                      return 1;
                  if (!is_open_number(0) || !is_open_number(1) || !is_open_number(2))
                      return 2;
                  return ::fcntl(2, F_GETFD) == 0 ? 0 : 3;
              }),
              0);
}

TEST(NonBlockingDescriptor, WaitsAgainAfterwardsIfItDidBefore)
{
    auto pipe = make_pipe().value();
    int ours = pipe.reader.number();
    {
        auto lent = NonBlocking::make(ours).value();
        EXPECT_FALSE(is_blocking(ours).value());
        auto second = NonBlocking::make(ours).value();            // found it so
        lent = std::move(second);
        EXPECT_TRUE(is_blocking(ours).value());
    }
    ASSERT_TRUE(set_blocking(ours, Blocking::no));
    {
        auto lent = NonBlocking::make(ours).value();
        auto moved = std::move(lent);
    }
    EXPECT_FALSE(is_blocking(ours).value());
}

TEST(ReceiveSome, DoesNotWaitWhereTheSocketWould)
{
    auto pair = make_socket_pair().value();
    std::array<std::uint8_t, 8> space{};
    EXPECT_TRUE(receive_some(pair.ours.number(), space).value().would_block);
    ASSERT_TRUE(write_all(pair.theirs.number(), as_bytes("here")));
    EXPECT_EQ(receive_some(pair.ours.number(), space).value().bytes, 4U);
    const std::string much(65536, 'x');
    Bytes piece = as_bytes(much);
    auto sent = send_some(pair.ours.number(), {&piece, 1});
    for (int i = 0; i < 1000 && sent && !sent->would_block; ++i)
        sent = send_some(pair.ours.number(), {&piece, 1});
    EXPECT_TRUE(sent && sent->would_block);
    pair.theirs.close();
    (void)receive_some(pair.ours.number(), space);                // ends, or was reset for what was not read
    EXPECT_TRUE(is_blocking(pair.ours.number()).value());
}

TEST(OpenNumbersFrom, AreWhatIsOpenAndNothingElse)
{
    EXPECT_EQ(test::in_child([] {
                  close_all_from(3);
                  if (!open_numbers_from(3).empty() || open_numbers_from(0) != std::vector{0, 1, 2})
                      return 1;
                  if (::dup2(0, 9) < 0 || ::dup2(0, 5) < 0)
                      return 2;
                  return open_numbers_from(3) == std::vector{5, 9} && open_numbers_from(6) == std::vector{9} ? 0 : 3;
              }),
              0);
}

TEST(InheritStandardStreamsOnly, LeavesNothingElseToOtherPrograms)
{
    EXPECT_EQ(test::in_child([] {
                  int fd = ::dup(0);
                  inherit_standard_streams_only();
                  bool is_inherited = (::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0;
                  bool stays = (::fcntl(0, F_GETFD) & FD_CLOEXEC) == 0;
                  return is_inherited ? 1 : stays ? 0 : 2;
              }),
              0);
}

TEST(CloseAllFrom, KeepsOnlyWhatIsNamed)
{
    EXPECT_EQ(test::in_child([] {
                  std::array<int, 6> fds{};
                  for (auto& fd : fds)
                      fd = ::dup(0);
                  std::array kept{fds[3], fds[1]};
                  close_all_from(fds[0], kept);
                  for (std::size_t i = 0; i < fds.size(); ++i)
                      if (is_open_number(fds[i]) != (i == 1 || i == 3))
                          return static_cast<int>(i + 1);
                  return 0;
              }),
              0);
}

} // namespace
} // namespace nacre
