#include "connection/window.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(ReceiveWindow, RefusesDataBeyondTheWindow)
{
    ReceiveWindow window{9};
    EXPECT_TRUE(window.receive(9));
    EXPECT_FALSE(window.receive(1));
}

TEST(ReceiveWindow, LetsATenthComeBeyondItAndNoMore)
{
    EXPECT_TRUE(ReceiveWindow{100}.receive(105));
    EXPECT_FALSE(ReceiveWindow{100}.receive(120));
    ReceiveWindow window{100};
    EXPECT_TRUE(window.receive(110));
    EXPECT_FALSE(window.receive(1));
    ReceiveWindow another{100};
    EXPECT_TRUE(another.receive(95));
    EXPECT_TRUE(another.receive(10));
    EXPECT_TRUE(another.receive(5));
    EXPECT_FALSE(another.receive(1));
}

// However often that happens, no more than that waits to be read.
TEST(ReceiveWindow, WhatCameBeyondItIsNotHandedBackAsCredit)
{
    ReceiveWindow window{100};
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(window.receive(110)) << i;
        ASSERT_FALSE(window.receive(1)) << i;
        ASSERT_EQ(window.consume(110), 100u) << i;
    }
}

TEST(ReceiveWindow, GivesCreditBackOnceHalfIsRead)
{
    ReceiveWindow window{1000};
    ASSERT_TRUE(window.receive(600));
    EXPECT_EQ(window.consume(499), std::nullopt);
    EXPECT_EQ(window.consume(1), 500u);
    EXPECT_TRUE(window.receive(900));
    EXPECT_FALSE(window.receive(101)) << "a tenth beyond it may come";
}

TEST(ReceiveWindow, KeepsLittleOfALargeOne)
{
    constexpr std::uint32_t size = 64 * 1024 * 1024, packet = 128 * 1024 - 100;
    ReceiveWindow window{size};
    std::uint32_t read = 0, granted = 0;
    for (; read + packet <= size; read += packet) {               // all that the peer may send before it hears from us
        ASSERT_TRUE(window.receive(packet));
        granted += window.consume(packet).value_or(0);
    }
    EXPECT_LE(read - granted, 1024 * 1024u);
}

TEST(ReceiveWindow, AWindowOfOneByteStillMoves)
{
    ReceiveWindow window{1};
    ASSERT_TRUE(window.receive(1));
    EXPECT_EQ(window.consume(1), 1u);
    EXPECT_TRUE(window.receive(1));
}

TEST(ReceiveWindow, GrowthIsGrantedWithTheNextConsumption)
{
    ReceiveWindow window{100};
    ASSERT_TRUE(window.receive(1));
    window.grow(1000);
    EXPECT_EQ(window.consume(1), 901u);
    EXPECT_TRUE(window.receive(1000));
}

TEST(ReceiveWindow, SeesThatThePeerWaitedForCreditUnderWay)
{
    using std::chrono::milliseconds;
    ReceiveWindow window{1'000'000};
    TimePoint now{};
    ASSERT_TRUE(window.receive(600'000, now));
    ASSERT_TRUE(window.consume(600'000));
    ASSERT_TRUE(window.receive(400'000, now));
    ASSERT_TRUE(window.receive(10'000, now + milliseconds{40}));   // it had stopped where its window ended
    EXPECT_TRUE(window.was_starved());
    EXPECT_FALSE(window.was_starved()) << "asked already";
}

TEST(ReceiveWindow, IsLargeEnoughForAPeerThatPausesElsewhereOrNotAtAll)
{
    using std::chrono::milliseconds;
    ReceiveWindow window{1'000'000};
    TimePoint now{};
    for (int i = 0; i < 100; ++i) {                               // never beyond half of what it may
        ASSERT_TRUE(window.receive(400'000, now += milliseconds{40}));
        window.consume(400'000);
    }
    EXPECT_FALSE(window.was_starved());
    for (int i = 0; i < 100; ++i) {                               // all of it, and at once again when it may
        ASSERT_TRUE(window.receive(1'000'000, now));
        window.consume(1'000'000);
    }
    EXPECT_FALSE(window.was_starved());
}

TEST(ReceiveWindow, IsNotTooSmallWhereWeAreSlow)
{
    using std::chrono::milliseconds;
    ReceiveWindow window{1'000'000};
    ASSERT_TRUE(window.receive(1'000'000, TimePoint{}));
    ASSERT_TRUE(window.receive(0, TimePoint{} + milliseconds{500}));
    window.consume(1'000'000);                                    // late: nothing was under way while it waited
    EXPECT_FALSE(window.was_starved());
}

TEST(ReceiveWindow, HoldsBackWhatIsMoreThanMayBeUnderWay)
{
    ReceiveWindow window{1000};
    window.hold_to(200);
    ASSERT_TRUE(window.receive(850));
    EXPECT_EQ(window.consume(850), std::nullopt) << "150 are under way and 50 more would be a small step";
    ASSERT_TRUE(window.receive(100));
    EXPECT_EQ(window.consume(100), 150u);
    ASSERT_TRUE(window.receive(200));
    EXPECT_FALSE(window.receive(101)) << "a tenth beyond it may come";
}

TEST(ReceiveWindow, GivesWhatItHeldBackWhenMoreMayBeUnderWayAgain)
{
    ReceiveWindow window{1000};
    window.hold_to(200);
    ASSERT_TRUE(window.receive(900));
    ASSERT_EQ(window.consume(900), 100u);
    window.hold_to(UINT32_MAX);
    ASSERT_TRUE(window.receive(1));
    EXPECT_EQ(window.consume(1), 801u);
    EXPECT_TRUE(window.receive(1000));
    EXPECT_FALSE(window.receive(101)) << "a tenth beyond it may come";
}

TEST(ReceiveWindow, IsNotMadeLargerByALimitBeyondIt)
{
    ReceiveWindow window{100};
    window.hold_to(200);
    ASSERT_TRUE(window.receive(100));
    EXPECT_EQ(window.consume(100), 100u);
}

TEST(ReceiveWindow, TellsTheQuickestWayOfAGrantIntoData)
{
    using std::chrono::milliseconds;
    ReceiveWindow window{100};
    TimePoint now{};
    ASSERT_TRUE(window.receive(50, now));
    EXPECT_EQ(window.quickest_trip(), std::nullopt) << "nothing that came needed a grant";
    ASSERT_TRUE(window.consume(50, now));
    ASSERT_TRUE(window.receive(51, now + milliseconds{30}));
    EXPECT_EQ(window.quickest_trip(), milliseconds{30});
    ASSERT_TRUE(window.consume(51, now + milliseconds{30}));
    ASSERT_TRUE(window.receive(50, now + milliseconds{50}));
    EXPECT_EQ(window.quickest_trip(), milliseconds{20});
    ASSERT_TRUE(window.consume(50, now + milliseconds{50}));
    ASSERT_TRUE(window.receive(52, now + milliseconds{90}));
    EXPECT_EQ(window.quickest_trip(), milliseconds{20});
}

TEST(SharedWindow, IsShortWhereTheWayIsShort)
{
    using std::chrono::milliseconds;
    constexpr std::uint32_t ordinary = 2 * 1024 * 1024;
    EXPECT_EQ(most_beside_others({}, ordinary), 512 * 1024u);
    EXPECT_EQ(most_beside_others(milliseconds{1}, ordinary), 512 * 1024u);
    EXPECT_EQ(most_beside_others(milliseconds{10}, ordinary), 1'280'000u);
    EXPECT_EQ(most_beside_others(milliseconds{20}, ordinary), UINT32_MAX);
    EXPECT_EQ(most_beside_others(std::chrono::hours{1000}, ordinary), UINT32_MAX);
}

TEST(LargestUsefulWindow, IsNoMoreThanTheOrdinaryOneNextDoorAndLargeFarAway)
{
    EXPECT_LT(largest_useful_window(std::chrono::microseconds{200}), 2U << 20);
    EXPECT_LT(largest_useful_window(std::chrono::milliseconds{3}), 2U << 20);
    EXPECT_GT(largest_useful_window(std::chrono::milliseconds{40}), 16U << 20);
    EXPECT_GT(largest_useful_window(std::chrono::milliseconds{200}), 64U << 20);
    EXPECT_EQ(largest_useful_window(Duration{-1}), 0U);
}

TEST(SendWindow, MayNotExceedThirtyTwoBits)
{
    SendWindow window{UINT32_MAX - 5};
    EXPECT_TRUE(window.grant(5));
    EXPECT_FALSE(window.grant(1));
    window.grant_up_to_limit(1);
    EXPECT_EQ(window.credit(), UINT32_MAX);
}

} // namespace
} // namespace nacre
