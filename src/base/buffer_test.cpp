#include "base/buffer.h"

#include <gtest/gtest.h>

#include <random>

namespace nacre {
namespace {

TEST(Buffer, IsAQueue)
{
    Buffer buffer;
    std::string expected, got;
    std::mt19937 random{1};
    std::uint8_t next = 0;
    for (int i = 0; i < 10'000; ++i) {
        std::string piece;
        for (auto n = random() % 50; n > 0; --n)
            piece += static_cast<char>(next++);
        buffer.append(as_bytes(piece));
        expected += piece;
        auto take = random() % (buffer.size() + 1);
        got += as_text(buffer.data().first(take));
        buffer.consume(take);
    }
    got += as_text(buffer.data());
    EXPECT_EQ(got, expected);
}

TEST(Buffer, ConsumedViewsStayUntilSpaceIsAskedFor)
{
    Buffer buffer;
    buffer.append(as_bytes("hello"));
    auto view = Bytes{buffer.data()};
    buffer.consume(5);
    EXPECT_EQ(as_text(view), "hello");
}

TEST(Buffer, WipesWhatWasConsumed)
{
    Buffer buffer;
    buffer.append(as_bytes("secret!"));
    auto view = Bytes{buffer.data()}.first(6);
    buffer.consume(6);
    buffer.wipe_consumed();
    EXPECT_EQ(to_hex(view), "000000000000");
    EXPECT_EQ(as_text(buffer.data()), "!");
}

TEST(Buffer, KnowsHowFarItHasHeldData)
{
    Buffer buffer;
    EXPECT_EQ(buffer.touched(), 0u);
    (void)buffer.space(1 << 20);
    EXPECT_EQ(buffer.touched(), 0u);
    buffer.filled(10);
    buffer.consume(10);
    buffer.append(as_bytes("one"));                               // at the front again
    EXPECT_EQ(buffer.touched(), 10u);
    auto other = std::move(buffer);
    EXPECT_EQ(other.touched(), 10u);
    (void)other.space(1 << 22);                                   // memory of its own
    EXPECT_EQ(other.touched(), 3u);
    other.consume(3);
    other.release();
    EXPECT_EQ(other.touched(), 0u);
}

TEST(Buffer, ReleaseGivesTheMemoryBack)
{
    Buffer buffer;
    buffer.append(ByteVector(100'000));
    buffer.consume(100'000);
    buffer.release();
    EXPECT_EQ(buffer.capacity(), 0u);
    buffer.append(as_bytes("again"));
    EXPECT_EQ(as_text(buffer.data()), "again");
}

} // namespace
} // namespace nacre
