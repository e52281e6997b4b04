#include "server/start_throttling.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

using events::ThrottlingState;

constexpr auto after(long seconds) { return TimePoint{} + Seconds{1000 + seconds}; }

std::string line_of(const std::optional<events::Throttling>& told)
{
    return told ? told->lines({}).at(0).text : "";
}

StartThrottling with_begin(std::uint32_t begin)
{
    ServerOptions options;
    options.max_startups = {.begin = begin, .rate = 100, .full = begin};
    return StartThrottling{options};
}

TEST(StartThrottling, IsToldWhenItBeginsEveryFiveMinutesAndWhenItIsOver)
{
    auto throttling = with_begin(10);
    EXPECT_FALSE(throttling.welcomed(after(0), 3));
    auto first = throttling.refused(after(0));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->level, LogLevel::error);
    EXPECT_EQ(line_of(first), "beginning MaxStartups throttling");
    for (long second = 1; second < 300; ++second)
        EXPECT_FALSE(throttling.refused(after(second))) << second;
    EXPECT_EQ(line_of(throttling.refused(after(300))), "in MaxStartups throttling for 00:05:00, 301 connections dropped");
    EXPECT_FALSE(throttling.refused(after(599)));
    auto over = throttling.welcomed(after(100'000), 3);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->level, LogLevel::info);
    EXPECT_EQ(line_of(over), "exited MaxStartups throttling after 1d03h46m, 302 connections dropped");
    EXPECT_FALSE(throttling.welcomed(after(100'001), 3));
    EXPECT_EQ(line_of(throttling.refused(after(100'002))), "beginning MaxStartups throttling");
}

TEST(StartThrottling, IsNotOverWhereOneMoreBringsItBack)
{
    auto throttling = with_begin(10);
    EXPECT_TRUE(throttling.refused(after(0)));
    EXPECT_FALSE(throttling.welcomed(after(1), 9));
    EXPECT_TRUE(throttling.welcomed(after(2), 8));
    auto one_only = with_begin(1);
    EXPECT_TRUE(one_only.refused(after(0)));
    EXPECT_TRUE(one_only.welcomed(after(1), 0));
}

} // namespace
} // namespace nacre
