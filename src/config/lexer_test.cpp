#include "config/lexer.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

using Words = std::vector<std::string>;

Words words_of(std::string_view line)
{
    auto lexed = lex_line(line);
    return lexed ? lexed->words : Words{"error: " + lexed.error().what};
}

TEST(Lexer, SeparatesKeywordAndWords)
{
    for (auto line : {"Port 22", "  Port\t22  ", "Port=22", "Port = 22", "Port =22\r", "\"Port\" 22", "Port \"22\"",
                      "Port 22 # comment", "Port '22'"}) {
        auto lexed = lex_line(line);
        ASSERT_TRUE(lexed) << line;
        EXPECT_EQ(lexed->keyword, "Port") << line;
        EXPECT_EQ(lexed->words, Words{"22"}) << line;
    }
    EXPECT_EQ(words_of("Port == 22"), (Words{"=", "22"}));
}

TEST(Lexer, EmptyLinesAndCommentsHaveNoKeyword)
{
    for (auto line : {"", "   ", "\t\r", "# Port 22", "   #"}) {
        auto lexed = lex_line(line);
        ASSERT_TRUE(lexed) << line;
        EXPECT_TRUE(lexed->keyword.empty());
    }
}

TEST(Lexer, AFormFeedIsABlankAtTheEndOfALineOnly)
{
    EXPECT_EQ(lex_line("\fPort 22")->keyword, "\fPort");
    EXPECT_EQ(lex_line("Port\v22")->keyword, "Port\v22");
    EXPECT_EQ(words_of("Port 22\f"), Words{"22"});
    EXPECT_EQ(words_of("Port 22 \f \r"), Words{"22"});
    EXPECT_EQ(words_of("Port 2\f2"), Words{"2\f2"});
    EXPECT_TRUE(lex_line("\f")->keyword.empty());
}

TEST(Lexer, QuotesAndBackslashes)
{
    EXPECT_EQ(words_of(R"(K "a b" c)"), (Words{"a b", "c"}));
    EXPECT_EQ(words_of(R"(K 'a "b" c')"), (Words{R"(a "b" c)"}));
    EXPECT_EQ(words_of(R"(K a"b c"d)"), (Words{"ab cd"}));
    EXPECT_EQ(words_of(R"(K a\ b \"c\" \\ \x)"), (Words{"a b", R"("c")", R"(\)", R"(\x)"}));
    EXPECT_EQ(words_of(R"(K "a\"b" "c\ d")"), (Words{R"(a"b)", R"(c\ d)"}));
    EXPECT_EQ(words_of(R"(K "" x)"), (Words{"", "x"}));
    EXPECT_EQ(words_of(R"(K a#b "#c" #d)"), (Words{"a#b", "#c"}));
}

TEST(Lexer, RefusesWhatIsNotALine)
{
    for (auto line : {R"(K "a)", R"(K 'a")", R"("K a)", "= 22"})
        EXPECT_FALSE(lex_line(line)) << line;
    EXPECT_FALSE(lex_line(std::string_view{"Port 2\0002", 8}));
    EXPECT_FALSE(lex_line("K " + std::string(max_line_length, 'a')));
    EXPECT_TRUE(lex_line("K " + std::string(max_line_length - 2, 'a')));
}

TEST(Lexer, KeepsTheRestForCommands)
{
    EXPECT_EQ(lex_line("ForceCommand  a  b # c \t")->rest, "a  b # c");
    EXPECT_EQ(lex_line("ProxyCommand=nc %h \"x y\"")->rest, "nc %h \"x y\"");
}

TEST(Lexer, QuotedWordsAreReadBack)
{
    for (auto word : {"plain", "", "a b", "#c", "a#", "=c", "a=", R"(a"b)", R"(a\b)", R"(a\\"b')", "tab\there", "a\f",
                      R"(\)"})
        EXPECT_EQ(words_of("K " + quote_word(word)), Words{word});
    EXPECT_EQ(quote_word(R"(CORP\joe)"), R"(CORP\joe)");
}

TEST(Lexer, VisitsEachLineWithItsNumber)
{
    std::vector<std::pair<std::size_t, std::string>> seen;
    for_each_line("a\n\nb", [&](std::size_t number, std::string_view line) { seen.emplace_back(number, line); });
    EXPECT_EQ(seen, (std::vector<std::pair<std::size_t, std::string>>{{1, "a"}, {2, ""}, {3, "b"}}));
}

} // namespace
} // namespace nacre
