#include "server/exchange_pace.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

constexpr ExchangePace::Rate rate{5, std::chrono::milliseconds{100}};
const TimePoint start{Seconds{1000}};

TEST(ExchangePace, ABurstDoesNotWait)
{
    ExchangePace pace;
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(pace.wait_before_next(start, rate), Duration::zero()) << i;
    EXPECT_EQ(pace.wait_before_next(start, rate), rate.each);
}

TEST(ExchangePace, WhatFollowsTakesItsTime)
{
    ExchangePace pace;
    auto now = start;
    for (int i = 0; i < 5 + 100; ++i)
        now += pace.wait_before_next(now, rate);
    EXPECT_EQ(now - start, 100 * rate.each);
}

TEST(ExchangePace, QuietTimeGivesTheBurstBackAndNoMore)
{
    ExchangePace pace;
    for (int i = 0; i < 5; ++i)
        (void)pace.wait_before_next(start, rate);
    auto later = start + Seconds{3600};
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(pace.wait_before_next(later, rate), Duration::zero());
    EXPECT_GT(pace.wait_before_next(later, rate), Duration::zero());
}

TEST(ExchangePace, ALoginMakesItEasier)
{
    ExchangePace pace;
    for (int i = 0; i < ExchangePace::before_login.burst; ++i)
        (void)pace.wait_before_next(start, ExchangePace::before_login);
    EXPECT_GT(pace.wait_before_next(start, ExchangePace::before_login), Duration::zero());
    EXPECT_EQ(pace.wait_before_next(start, ExchangePace::after_login), Duration::zero());
}

} // namespace
} // namespace nacre
