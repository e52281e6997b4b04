#include "os/connect_race.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace nacre {
namespace {

using namespace std::chrono_literals;

SocketAddress address(std::string_view text) { return *numeric_address(text, 22); }

TEST(TakeTurns, BeginsWithTheFirstFamilyAndKeepsTheOrderWithinEach)
{
    std::vector mixed{address("::1"), address("::2"), address("::3"), address("127.0.0.1"), address("127.0.0.2")};
    std::vector expected{address("::1"), address("127.0.0.1"), address("::2"), address("127.0.0.2"), address("::3")};
    EXPECT_EQ(take_turns(mixed), expected);
    EXPECT_EQ(take_turns(std::vector{address("127.0.0.1"), address("127.0.0.2"), address("::1")}),
              (std::vector{address("127.0.0.1"), address("::1"), address("127.0.0.2")}));
    EXPECT_TRUE(take_turns({}).empty());
}

// A listener whose queue is full: the kernel drops what else comes, as a broken path does.
class BlackHole {
public:
    BlackHole() : listener_(*listen_on(*numeric_address("127.0.0.1", 0), {.backlog = 0}))
    {
        for (int i = 0; i < 4; ++i)
            if (auto socket = start_connect(address()))
                inside_.push_back(std::move(*socket));
    }
    SocketAddress address() const { return *local_address(listener_.number()); }

private:
    Fd listener_;
    std::vector<Fd> inside_;
};

SocketAddress refusing()
{
    auto listener = listen_on(*numeric_address("127.0.0.1", 0));
    return *local_address(listener->number());                    // closed when we return
}

class ConnectRace : public testing::Test {
protected:
    RaceOutcome race(std::vector<SocketAddress> to, const RaceRules& rules)
    {
        std::vector<ConnectCandidate> candidates;
        for (auto& one : to)
            candidates.push_back({one});
        return race_to_connect(candidates, rules, log_);
    }

    NoLog log_;
    Fd listener_ = *listen_on(*numeric_address("127.0.0.1", 0));
    SocketAddress good_ = *local_address(listener_.number());
};

TEST_F(ConnectRace, TheSecondWinsWhileTheFirstIsSilent)
{
    BlackHole hole;
    auto outcome = race({hole.address(), good_}, {.stagger = 10ms});
    ASSERT_TRUE(outcome.socket);
    EXPECT_EQ(outcome.peer, good_);
    EXPECT_EQ(*peer_address(outcome.socket.number()), good_);
    EXPECT_TRUE(outcome.failures.empty());
}

TEST_F(ConnectRace, AFailureStartsTheNextAtOnce)
{
    auto outcome = race({refusing(), good_}, {.stagger = std::chrono::hours{1}});
    ASSERT_TRUE(outcome.socket);
    EXPECT_EQ(outcome.failures.size(), 1u);
    EXPECT_EQ(outcome.failures[0].why.os_error, ECONNREFUSED);
}

TEST_F(ConnectRace, AllFailuresAreTold)
{
    BlackHole hole;
    auto outcome = race({refusing(), hole.address(), refusing()}, {.stagger = 1ms, .patience = 20ms});
    EXPECT_FALSE(outcome.socket);
    ASSERT_EQ(outcome.failures.size(), 3u);
    // In whatever order: where we are kept waiting, the last is tried when the silent one has had its time.
    for (auto& failure : outcome.failures)
        EXPECT_EQ(failure.why.os_error, failure.to == hole.address() ? ETIMEDOUT : ECONNREFUSED);
    EXPECT_EQ(std::ranges::count(outcome.failures, hole.address(), &FailedConnect::to), 1);
}

TEST_F(ConnectRace, NoMoreThanSoManyAtOnce)
{
    BlackHole hole;
    auto outcome = race({hole.address(), good_}, {.stagger = 0ms, .patience = 20ms, .most_at_once = 1});
    ASSERT_TRUE(outcome.socket);
    EXPECT_EQ(outcome.failures.size(), 1u);                       // the second had to wait for it
}

TEST_F(ConnectRace, WithNobodyToRunItIsOver)
{
    auto outcome = race({}, {});
    EXPECT_FALSE(outcome.socket);
    EXPECT_TRUE(outcome.failures.empty());
}

} // namespace
} // namespace nacre
