#include "config/none.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(None, IsAWordInCapitalsOrNot)
{
    EXPECT_TRUE(is_none("none") && is_none("None") && is_none("NONE"));
    EXPECT_FALSE(is_none("") || is_none("no") || is_none("none "));
}

TEST(None, ValuesAreUnsetByItOrByAbsence)
{
    EXPECT_TRUE(is_unset("") && is_unset("nonE"));
    EXPECT_FALSE(is_unset("/none"));
}

} // namespace
} // namespace nacre
