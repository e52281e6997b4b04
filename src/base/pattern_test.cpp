#include "base/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace nacre {
namespace {

TEST(Pattern, StarsAndQuestionMarks)
{
    EXPECT_TRUE(matches_pattern("host.example", "*.example"));
    EXPECT_TRUE(matches_pattern("ab", "a?"));
    EXPECT_TRUE(matches_pattern("", "*"));
    EXPECT_TRUE(matches_pattern("aXbXc", "a*b*c"));
    EXPECT_FALSE(matches_pattern("ab", "a"));
    EXPECT_FALSE(matches_pattern("a", "a?"));
    EXPECT_FALSE(matches_pattern("", "?"));
}

TEST(Pattern, CaseCountsUnlessToldOtherwise)
{
    EXPECT_FALSE(matches_pattern("Host", "host"));
    EXPECT_TRUE(matches_pattern("Host", "hO*", Case::ignored));
}

TEST(PatternList, ANegatedMatchWins)
{
    EXPECT_EQ(matches_pattern_list("a.example", "*.example,!a.*"), PatternMatch::negated);
    EXPECT_EQ(matches_pattern_list("a.example", "!a.*,*.example"), PatternMatch::negated);
    EXPECT_EQ(matches_pattern_list("b.example", "*.example,!a.*"), PatternMatch::yes);
    EXPECT_EQ(matches_pattern_list("b.other", "*.example"), PatternMatch::none);
    EXPECT_EQ(matches_pattern_list("b", ""), PatternMatch::none);
}

TEST(Pattern, ManyStarsDoNotExplode)
{
    std::string pattern, text(5000, 'a');
    for (int i = 0; i < 500; ++i)
        pattern += "*a";
    EXPECT_FALSE(matches_pattern(text, pattern + "b"));
}

} // namespace
} // namespace nacre
