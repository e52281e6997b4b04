#include "wire/name_list.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

constexpr std::string_view known = "a1,a2,b1,b2,c";
constexpr std::string_view defaults = "a1,b1,c";

std::string edited(std::string_view change) { return edit_name_list(change, defaults, known).value_or("(error)"); }

TEST(NameList, ThePreferredSideDecides)
{
    EXPECT_EQ(first_common("x,b,a", "a,b"), "b");
    EXPECT_EQ(first_common("x,y", "a,b"), std::nullopt);
    EXPECT_EQ(first_common("", "a"), std::nullopt);
}

TEST(NameList, MovesOneNameAndKeepsTheOrderOfTheOthers)
{
    EXPECT_EQ(moved_to_front("a,b,c", "b"), "b,a,c");
    EXPECT_EQ(moved_to_front("a,b,c", "a"), "a,b,c");
    EXPECT_EQ(moved_to_front("a", "a"), "a");
}

TEST(NameListEdit, EveryPrefix)
{
    EXPECT_EQ(edited("a2,c"), "a2,c");
    EXPECT_EQ(edited("+a2,c"), "a1,b1,c,a2");
    EXPECT_EQ(edited("^c,b2"), "c,b2,a1,b1");
    EXPECT_EQ(edited("-a*"), "b1,c");
    EXPECT_EQ(edited("-zz"), "a1,b1,c");
    EXPECT_EQ(edited("a2,,c,"), "a2,c");
}

TEST(NameListEdit, PatternsStandForWhatIsKnown)
{
    EXPECT_EQ(edited("b*"), "b1,b2");
    EXPECT_EQ(edited("+a?"), "a1,b1,c,a2");
}

TEST(NameListEdit, MistakesAreNamed)
{
    for (auto change : {"", "zz", "+zz", "^zz", "-*", "z*", ",", "+,"})
        EXPECT_FALSE(edit_name_list(change, defaults, known)) << change;
    EXPECT_NE(edit_name_list("zz\n", defaults, known).error().what.find("zz\\n"), std::string::npos);
}

} // namespace
} // namespace nacre
