#include "client/refusal.h"

#include <gtest/gtest.h>

#include <vector>

namespace nacre {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

TEST(Refusal, IsKnownByItsWords)
{
    EXPECT_TRUE(is_refusal(Lines{"Exceeded MaxStartups"}));
    EXPECT_TRUE(is_refusal(Lines{"", "Not allowed at this time "}));
    EXPECT_FALSE(is_refusal(Lines{"HTTP/1.1 400 Bad Request", "not Exceeded MaxStartups"}));
    EXPECT_FALSE(is_refusal({}));
}

TEST(Refusal, IsFollowedByThreeAttemptsEachAfterALongerTime)
{
    SystemRandom random;
    for (int run = 0; run < 100; ++run) {
        RefusedAttempts attempts{random};
        for (auto middle : {500ms, 1000ms, 2000ms}) {
            auto pause = attempts.next_pause();
            ASSERT_TRUE(pause);
            EXPECT_GE(*pause, middle / 2);
            EXPECT_LT(*pause, middle + middle / 2);
        }
        EXPECT_FALSE(attempts.next_pause());
    }
}

TEST(Refusal, IsQuotedWithoutControlCharacters)
{
    EXPECT_EQ(quoted_greeting(Lines{" ", "go \x1b[2Jaway"}), "\"go \\033[2Jaway\"");
    EXPECT_EQ(quoted_greeting({}), "");
}

} // namespace
} // namespace nacre
