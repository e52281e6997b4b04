#include "base/json.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(Json, QuotesWhatMustBe)
{
    EXPECT_EQ(json_text(""), R"("")");
    EXPECT_EQ(json_text("a \"b\" \\c/\n\x7f"), R"("a \"b\" \\c/\u000a\u007f")");
    EXPECT_EQ(json_text(std::string_view{"\0x", 2}), R"("\u0000x")");
}

TEST(Json, KeepsUtf8AndReplacesTheRest)
{
    EXPECT_EQ(json_text("é€😀"), "\"é€😀\"");
    constexpr std::string_view bad = "\xef\xbf\xbd";
    for (std::string_view text : {"\xff", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xe0\x80\x80"}) {
        std::string expected = "\"";
        for (std::size_t i = 0; i < text.size(); ++i)
            expected += bad;
        EXPECT_EQ(json_text(text), expected + '"');
    }
}

TEST(Json, AsciiEscapesEverythingElse)
{
    EXPECT_EQ(json_ascii("a \"b\" \\c\n\x7f", 100), R"("a \"b\" \\c\u000a\u007f")");
    EXPECT_EQ(json_ascii("é€😀", 100), R"("\u00e9\u20ac\ud83d\ude00")");
    EXPECT_EQ(json_ascii("a\xff\xe2\x82", 100), R"("a\ufffd\ufffd\ufffd")");
    EXPECT_EQ(json_ascii(std::string_view{"\0", 1}, 100), R"("\u0000")");
}

TEST(Json, AsciiIsCutBetweenCharacters)
{
    EXPECT_EQ(json_ascii("0123456789", 10), R"("0123456789")");
    EXPECT_EQ(json_ascii("0123456789a", 10), R"("0123\u2026")");
    EXPECT_EQ(json_ascii("0123\nabcdef", 12), R"("0123\u2026")");
    EXPECT_EQ(json_ascii("😀😀", 18), R"("\ud83d\ude00\u2026")");
    for (std::size_t most = 6; most < 40; ++most)
        EXPECT_LE(json_ascii("ab\"\n\xff é😀 and some more of it", most).size(), most + 2);
}

TEST(Json, ListsAndObjects)
{
    EXPECT_EQ(json_list({}), "[]");
    EXPECT_EQ(json_list(std::vector<std::string>{"1", "null"}), "[1, null]");
    EXPECT_EQ(json_object({}), "{}");
    std::vector<std::pair<std::string_view, std::string>> members{{"a", "1"}, {"b\"", json_text("x")}};
    EXPECT_EQ(json_object(members), R"({"a": 1, "b\"": "x"})");
}

} // namespace
} // namespace nacre
