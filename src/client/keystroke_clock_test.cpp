#include "client/keystroke_clock.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nacre {
namespace {

using namespace std::chrono_literals;

class Counting final : public Random {
    void fill(MutableBytes bytes) override
    {
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(next_ += 37);
    }
    unsigned next_ = 0;
};

struct KeystrokeClockTest : testing::Test {
    Counting random;
    KeystrokeClock clock{20ms, random};
    TimePoint start = TimePoint{} + 1h;
    using Beat = KeystrokeClock::Beat;
};

TEST_F(KeystrokeClockTest, TheFirstKeyLeavesAtOnceAndTheNextOneOnTheBeat)
{
    EXPECT_FALSE(clock.next());
    EXPECT_TRUE(clock.pressed(start));
    EXPECT_FALSE(clock.pressed(start + 1ms));
    EXPECT_EQ(clock.beat(start + 2ms), Beat::none);
    ASSERT_TRUE(clock.next());
    EXPECT_EQ(clock.beat(*clock.next()), Beat::keystrokes);
}

TEST_F(KeystrokeClockTest, BeatsComeWhetherKeysArePressedOrNot)
{
    clock.pressed(start);
    auto last = start;
    for (int i = 0; i < 40; ++i) {
        auto beat = *clock.next();
        EXPECT_GE(beat - last, 19ms);
        EXPECT_LE(beat - last, 21ms);
        bool key = i % 3 == 0;
        if (key) {
            EXPECT_FALSE(clock.pressed(last + std::chrono::milliseconds{i % 19}));
        }
        EXPECT_EQ(clock.beat(beat), key ? Beat::keystrokes : Beat::chaff);
        last = beat;
    }
}

TEST_F(KeystrokeClockTest, StopsWithinThreeSecondsAfterTheLastKeyAndNotWithinOne)
{
    clock.pressed(start);
    auto last = start;
    while (clock.next()) {
        last = *clock.next();
        clock.beat(last);
    }
    EXPECT_GE(last - start, KeystrokeClock::shortest_chaff);
    EXPECT_LE(last - start, KeystrokeClock::longest_chaff + 21ms);
    EXPECT_TRUE(clock.pressed(last + 1s));
}

TEST_F(KeystrokeClockTest, MissedBeatsAreNotMadeUpFor)
{
    clock.pressed(start);
    EXPECT_EQ(clock.beat(start + 1s), Beat::chaff);
    EXPECT_EQ(*clock.next(), start + 1s);
    clock.beat(start + 1s);
    EXPECT_GT(*clock.next(), start + 1s);
}

} // namespace
} // namespace nacre
