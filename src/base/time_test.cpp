#include "base/time.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(ParseDuration, ReadsOpenSshsSpelling)
{
    EXPECT_EQ(parse_duration("600"), Seconds{600});
    EXPECT_EQ(parse_duration("10m"), Seconds{600});
    EXPECT_EQ(parse_duration("1h30m"), Seconds{5400});
    EXPECT_EQ(parse_duration("1W2D3H4M5S"), Seconds{604800 + 2 * 86400 + 3 * 3600 + 4 * 60 + 5});
    EXPECT_EQ(parse_duration("0"), Seconds{0});
}

TEST(ParseDuration, RefusesEverythingElse)
{
    for (auto text : {"", "m", "1x", "-1", "1 m", "2147483648", "99999999999999999999", "3600000w"})
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

} // namespace
} // namespace nacre
