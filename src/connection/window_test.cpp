#include "connection/window.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(ReceiveWindow, RefusesDataBeyondTheWindow)
{
    ReceiveWindow window{10};
    EXPECT_TRUE(window.receive(10));
    EXPECT_FALSE(window.receive(1));
}

TEST(ReceiveWindow, GivesCreditBackOnceHalfIsRead)
{
    ReceiveWindow window{1000};
    ASSERT_TRUE(window.receive(600));
    EXPECT_EQ(window.consume(499), std::nullopt);
    EXPECT_EQ(window.consume(1), 500u);
    EXPECT_TRUE(window.receive(900));
    EXPECT_FALSE(window.receive(1));
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
