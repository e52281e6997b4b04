#include "wire/frame.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

constexpr FrameKind kind{"a word", 2, 4};

TEST(Frame, IsTakenOnceItIsWhole)
{
    ByteVector bytes{0, 0, 0, 3, 'a', 'b', 'c', 0, 0};
    for (std::size_t size = 0; size < 7; ++size) {
        auto nothing = next_frame(Bytes{bytes}.first(size), kind);
        ASSERT_TRUE(nothing);
        EXPECT_FALSE(*nothing) << size;
    }
    auto frame = next_frame(bytes, kind);
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ(as_text(**frame), "abc");
}

TEST(Frame, LengthsThatCannotBeAreTold)
{
    for (std::uint8_t length : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{5}}) {
        auto frame = next_frame(ByteVector{0, 0, 0, length}, kind);
        ASSERT_FALSE(frame);
        EXPECT_EQ(frame.error().kind, ErrorKind::peer_misbehaved);
        EXPECT_EQ(frame.error().what, "a word of " + std::to_string(length) + " bytes");
    }
    EXPECT_FALSE(next_frame(ByteVector{255, 255, 255, 255}, kind));
}

TEST(Frame, LengthIsFilledIn)
{
    ByteVector frame{9, 9, 9, 9, 'a', 'b'};
    set_frame_length(frame);
    EXPECT_EQ(frame, (ByteVector{0, 0, 0, 2, 'a', 'b'}));
}

} // namespace
} // namespace nacre
