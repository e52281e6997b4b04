#include "os/signal_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <optional>

#include "os/privileges.h"

namespace nacre {
namespace {

constexpr std::array both{SIGUSR1, SIGUSR2};
volatile std::sig_atomic_t arrived = 0;

bool is_held(int signal)
{
    sigset_t held;
    ::sigprocmask(SIG_BLOCK, nullptr, &held);
    return ::sigismember(&held, signal) == 1;
}

class SignalQueueTest : public testing::Test {
protected:
    void SetUp() override
    {
        arrived = 0;
        for (int signal : both)
            std::signal(signal, [](int number) { arrived = number; });
    }
    void TearDown() override
    {
        for (int signal : both)
            std::signal(signal, SIG_DFL);
    }
};

TEST_F(SignalQueueTest, GivesWhatWaitsAndInterruptsNobody)
{
    auto queue = SignalQueue::hold(both);
    ASSERT_TRUE(queue);
    EXPECT_EQ(queue->next(), std::nullopt);
    std::raise(SIGUSR2);
    EXPECT_EQ(arrived, 0);
    EXPECT_EQ(queue->next(), SIGUSR2);
    queue->release();
    EXPECT_EQ(arrived, 0);
    std::raise(SIGUSR1);
    EXPECT_EQ(arrived, SIGUSR1);
}

TEST_F(SignalQueueTest, WhatNobodyTookArrivesAtTheRelease)
{
    auto queue = SignalQueue::hold(both);
    ASSERT_TRUE(queue);
    std::raise(SIGUSR1);
    EXPECT_EQ(arrived, 0);
    queue->release();
    EXPECT_EQ(arrived, SIGUSR1);
}

TEST_F(SignalQueueTest, WithoutADescriptorItHoldsNothing)
{
    auto before = current_limit(Limit::open_files);
    ASSERT_TRUE(before);
    ASSERT_TRUE(set_soft_limit(Limit::open_files, 0));
    auto queue = SignalQueue::hold(both);
    ASSERT_TRUE(set_soft_limit(Limit::open_files, *before));
    EXPECT_FALSE(queue);
    EXPECT_FALSE(is_held(SIGUSR1));
}

} // namespace
} // namespace nacre
