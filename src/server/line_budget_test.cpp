#include "server/line_budget.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

constexpr TimePoint start{std::chrono::hours{1}};

std::int64_t lines_at(LineBudget& budget, TimePoint now)
{
    std::int64_t lines = 0;
    for (int i = 0; i < 10'000; ++i)
        lines += budget.spend(now) ? 1 : 0;
    return lines;
}

TEST(LineBudget, AllowsABurstAndThenSoManyASecond)
{
    LineBudget budget;
    EXPECT_EQ(lines_at(budget, start), LineBudget::burst);
    EXPECT_EQ(lines_at(budget, start + std::chrono::milliseconds{999}), 0);
    EXPECT_EQ(lines_at(budget, start + Seconds{1}), LineBudget::per_second);
    EXPECT_EQ(lines_at(budget, start + Seconds{4}), 3 * LineBudget::per_second);
}

TEST(LineBudget, SavesNoMoreThanABurst)
{
    LineBudget budget;
    EXPECT_EQ(lines_at(budget, start), LineBudget::burst);
    EXPECT_EQ(lines_at(budget, start + std::chrono::hours{1000}), LineBudget::burst);
}

TEST(LineBudget, CountsWhatItLeavesOutOnce)
{
    LineBudget budget;
    lines_at(budget, start);
    EXPECT_EQ(budget.take_left_out(), 10'000u - LineBudget::burst);
    EXPECT_EQ(budget.take_left_out(), 0u);
}

} // namespace
} // namespace nacre
