#include "server/network_zygote.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csignal>

#include "crypto/random.h"
#include "os/fd_passing.h"
#include "os/socket.h"
#include "server/network_messages.h"

namespace nacre {
namespace {

// A zygote in a process of its own, whose copies do what `serve` does and end with that status.
class ZygoteInAProcess {
public:
    explicit ZygoteInAProcess(int (*serve)(MessageSocket&))
    {
        auto pair = make_socket_pair(SocketPairKind::packets).value();
        auto forked = fork_process();
        if (forked && forked->side == ForkSide::child) {
            pair.ours.close();
            auto copy = NetworkZygote{MessageSocket{std::move(pair.theirs)}}.run();
            exit_now(!copy ? 1 : *copy ? serve((*copy)->monitor) : 0);
        }
        process_ = std::move(forked.value().child);
        orders_ = MessageSocket{std::move(pair.ours)};
    }

    MessageSocket order() { return order(own_pidfd().value()); }
    MessageSocket order(const Fd& monitor)
    {
        auto pair = make_socket_pair(SocketPairKind::packets).value();
        EXPECT_TRUE(orders_.send(MakeNetworkProcess{}, std::array{pair.theirs.number(), monitor.number()}));
        return MessageSocket{std::move(pair.ours)};
    }
    void give_bad_order() { EXPECT_TRUE(orders_.send(MakeNetworkProcess{})); }
    ~ZygoteInAProcess() { (void)end(); }
    ExitStatus end()                                              // once its copies have
    {
        orders_.close();
        return process_.wait().value();
    }

private:
    Child process_;
    MessageSocket orders_;
};

// How the copy ended, by its zygote's word; nothing: it did not say.
std::optional<NetworkEnded> told(MessageSocket& network)
{
    for (;;) {
        auto message = network.receive();
        if (!message || !*message)
            return std::nullopt;
        if ((*message)->number() == NetworkEnded::number)
            return decode<NetworkEnded>((*message)->payload).value();
    }
}

std::optional<ExitStatus> told_end(MessageSocket& network)
{
    auto ended = told(network);
    return ended ? std::optional{ExitStatus{static_cast<int>(ended->code), static_cast<int>(ended->signal)}} : std::nullopt;
}

int wait_for_monitor(MessageSocket& monitor)
{
    while (true) {
        auto message = monitor.receive();
        if (!message || !*message)
            return 7;
        if ((*message)->number() == EndConnection::number)
            ::raise(SIGKILL);
    }
}

TEST(NetworkZygote, TellsHowACopyEnded)
{
    ZygoteInAProcess zygote{wait_for_monitor};
    auto one = zygote.order(), two = zygote.order();
    EXPECT_TRUE(one.send(EndConnection{}));
    EXPECT_EQ(told_end(one), (ExitStatus{0, SIGKILL}));
    ASSERT_EQ(::shutdown(two.fd(), SHUT_WR), 0);                  // it is still heard
    EXPECT_EQ(told_end(two), (ExitStatus{7, 0}));
    EXPECT_FALSE(told_end(two));
    EXPECT_EQ(zygote.end(), ExitStatus{});
}

TEST(NetworkZygote, EndsACopyThatStaysBehindItsMonitor)
{
    ZygoteInAProcess zygote{[](MessageSocket&) -> int {
        for (;;)
            ::poll(nullptr, 0, -1);
    }};
    auto copy = zygote.order();
    ASSERT_EQ(::shutdown(copy.fd(), SHUT_WR), 0);
    auto ended = told(copy);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->signal, std::uint32_t{SIGKILL});
    EXPECT_TRUE(ended->overdue);
}

TEST(NetworkZygote, CopiesKeepNothingOfOthers)
{
    ZygoteInAProcess zygote{[](MessageSocket& monitor) {
        auto open = open_numbers_from(3);
        std::erase(open, monitor.fd());
        auto forked = wait_for_monitor(monitor);
        return open.empty() ? forked : 1;
    }};
    std::array copies{zygote.order(), zygote.order(), zygote.order()};
    for (auto& copy : copies) {
        ASSERT_EQ(::shutdown(copy.fd(), SHUT_WR), 0);
        EXPECT_EQ(told_end(copy), (ExitStatus{7, 0}));
    }
}

TEST(NetworkZygote, EndsACopyWhoseMonitorHasEndedThoughItsSocketIsHeld)
{
    ZygoteInAProcess zygote{wait_for_monitor};
    auto monitor = fork_process();
    ASSERT_TRUE(monitor);
    if (monitor->side == ForkSide::child)
        for (;;)
            ::poll(nullptr, 0, -1);
    auto copy = zygote.order(monitor->child.pidfd());             // and this process holds the socket
    ASSERT_TRUE(monitor->child.send_signal(SIGKILL));
    EXPECT_EQ(told_end(copy), (ExitStatus{0, SIGKILL}));
    EXPECT_TRUE(monitor->child.wait());
}

TEST(NetworkZygote, TakesNoOrderAfterABadOneAndCopiesLiveOn)
{
    ZygoteInAProcess zygote{wait_for_monitor};
    auto copy = zygote.order();
    zygote.give_bad_order();
    ASSERT_EQ(::shutdown(copy.fd(), SHUT_WR), 0);
    EXPECT_EQ(told_end(copy), (ExitStatus{7, 0}));
    EXPECT_EQ(zygote.end(), ExitStatus{});
}

using NumberBytes = std::array<std::uint8_t, sizeof(int)>;

TEST(CopiesOfAProcess, DrawRandomBytesOfTheirOwn)
{
    auto pipe = make_pipe().value(), numbers = make_pipe().value();
    auto forked = fork_process();
    ASSERT_TRUE(forked);
    if (forked->side == ForkSide::child) {
        SystemRandom random, other;
        random.bytes<16>();                                       // the buffers are full now
        other.bytes<16>();
        auto pid = fork_sibling();                                // pthread_atfork() does not hear of it
        if (!pid || (*pid != 0 && !write_all(numbers.writer.number(), std::bit_cast<NumberBytes>(*pid))))
            exit_now(1);
        auto of_one = random.bytes<16>(), of_other = other.bytes<16>();
        std::array<std::uint8_t, 32> both{};
        std::ranges::copy(of_one, both.begin());
        std::ranges::copy(of_other, both.begin() + 16);
        exit_now(write_all(pipe.writer.number(), both) ? 0 : 1);   // at once: a pipe takes it whole
    }
    pipe.writer.close();
    numbers.writer.close();
    ASSERT_TRUE(forked->child.wait()->success());
    NumberBytes number{};
    ASSERT_TRUE(read_exactly(numbers.reader.number(), number));
    int sibling = std::bit_cast<int>(number), status = 0;
    ASSERT_EQ(::waitpid(sibling, &status, 0), sibling);
    EXPECT_EQ(status, 0);
    std::array<std::array<std::uint8_t, 16>, 4> drawn{};
    for (auto& bytes : drawn)
        ASSERT_TRUE(read_exactly(pipe.reader.number(), bytes));
    std::ranges::sort(drawn);
    EXPECT_EQ(std::ranges::adjacent_find(drawn), drawn.end());
}

} // namespace
} // namespace nacre
