#include "os/waiting.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "os/fd.h"

namespace nacre {
namespace {

volatile std::sig_atomic_t has_come = 0;
int looks = 0;

// The signal comes when it was looked for, and before anybody waits.
bool comes_behind_the_look()
{
    bool over = has_come != 0;
    if (looks++ == 0)
        std::raise(SIGUSR1);
    return over;
}

class Waiting : public testing::Test {
protected:
    void SetUp() override
    {
        has_come = 0;
        looks = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { has_come = 1; };
        ::sigaction(SIGUSR1, &action, nullptr);
    }
    void TearDown() override { std::signal(SIGUSR1, SIG_DFL); }

    Pipe pipe_ = make_pipe().value();
};

TEST_F(Waiting, IsEndedByASignalThatComesBetweenTheLookAndTheWaiting)
{
    EXPECT_FALSE(wait_until_readable_unless(comes_behind_the_look, pipe_.reader.number()));
    EXPECT_EQ(looks, 2);
}

TEST_F(Waiting, IsEndedByWhatCanBeRead)
{
    ASSERT_EQ(::write(pipe_.writer.number(), "x", 1), 1);
    EXPECT_TRUE(wait_until_readable_unless([] { return false; }, pipe_.reader.number()));
}

TEST_F(Waiting, DoesNotBeginWhenAllIsOver)
{
    EXPECT_FALSE(wait_until_readable_unless([] { return true; }, pipe_.reader.number()));
}

TEST_F(Waiting, GoesOnAfterASignalThatEndsNothing)
{
    pipe_.writer.close();
    EXPECT_TRUE(wait_until_readable_unless([] { std::raise(SIGUSR1); return false; }, pipe_.reader.number()));
    EXPECT_EQ(has_come, 1);
}

} // namespace
} // namespace nacre
