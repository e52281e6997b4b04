#include "base/braces.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

using List = std::vector<std::string>;

List words_of(std::string_view word) { return expand_braces(word, 100).value_or(List{"too many"}); }

TEST(Braces, StandForEachOfTheirWordsInOrder)
{
    EXPECT_EQ(words_of("plain"), List{"plain"});
    EXPECT_EQ(words_of(""), List{""});
    EXPECT_EQ(words_of("a{b,c}d"), (List{"abd", "acd"}));
    EXPECT_EQ(words_of("{a,b}{1,2}"), (List{"a1", "a2", "b1", "b2"}));
    EXPECT_EQ(words_of("x{,{1,2}.c}"), (List{"x", "x1.c", "x2.c"}));
    EXPECT_EQ(words_of("{*.c,*.h}"), (List{"*.c", "*.h"}));
}

TEST(Braces, AreThemselvesWhereNothingIsMeant)
{
    EXPECT_EQ(words_of("{}"), List{"{}"});
    EXPECT_EQ(words_of("a{b,c"), List{"a{b,c"});
    EXPECT_EQ(words_of("a}b"), List{"a}b"});
    EXPECT_EQ(words_of(R"(a\{b,c})"), List{R"(a\{b,c})"});
    EXPECT_EQ(words_of(R"({a\,b,c})"), (List{R"(a\,b)", "c"}));
}

TEST(Braces, AreBounded)
{
    std::string pairs, nothing;
    for (int i = 0; i < 40; ++i)
        pairs += "{a,b}";
    for (int i = 0; i < 10'000; ++i)
        nothing += "{a}";
    EXPECT_FALSE(expand_braces(pairs, 1024));
    EXPECT_FALSE(expand_braces(nothing, 1024));
    EXPECT_FALSE(expand_braces("{a,b,c}", 2));
    EXPECT_TRUE(expand_braces("{a,b,c}", 3));
}

} // namespace
} // namespace nacre
