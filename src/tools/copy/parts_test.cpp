#include "tools/copy/parts.h"

#include <gtest/gtest.h>

#include <vector>

namespace nacre {
namespace {

constexpr std::uint64_t mib = 1 << 20;

TEST(Parts, CoverTheFileOnceAndInOrder)
{
    for (std::uint64_t end : {33 * mib, 256 * mib + 12345, 4096 * mib + 1}) {
        Parts parts{5, end, 4};
        std::uint64_t reached = 5;
        for (std::size_t way = 0; auto* part = parts.give(way); way = (way + 1) % 4) {
            EXPECT_EQ(part->begin, reached);
            EXPECT_LE(part->size(), Parts::most);
            EXPECT_EQ(part->way, way);
            reached = part->end;
            EXPECT_EQ(parts.first()->begin, parts.frontier());
            parts.first_is_in_place();
        }
        EXPECT_EQ(reached, end);
        EXPECT_EQ(parts.frontier(), end);
    }
}

TEST(Parts, AreAlikeInAllRounds)
{
    EXPECT_EQ(Parts(0, 256 * mib, 4).part_size(), 64 * mib);
    EXPECT_EQ(Parts(0, 512 * mib, 4).part_size(), 128 * mib);
    EXPECT_EQ(Parts(0, 600 * mib, 4).part_size(), 75 * mib);      // not 128, and little for the last round
}

TEST(Parts, TheFrontierWaitsForTheFirst)
{
    Parts parts{0, 100 * mib, 2};
    auto* first = parts.give(Parts::ordinary);
    auto* second = parts.give(1);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(parts.give(1), nullptr);
    EXPECT_EQ(parts.first(), first);
    EXPECT_EQ(parts.frontier(), 0u);
    parts.first_is_in_place();
    EXPECT_EQ(parts.first(), second);
    EXPECT_EQ(parts.frontier(), 50 * mib);
}

} // namespace
} // namespace nacre
