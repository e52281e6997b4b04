#include "base/text.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(Split, KeepsEmptyParts)
{
    EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
    EXPECT_EQ(split(",", ','), (std::vector<std::string_view>{"", ""}));
    EXPECT_TRUE(split("", ',').empty());
}

TEST(ParseNumber, TakesTheWholeTextOrNothing)
{
    EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65535);
    for (auto text : {"", "65536", "-1", "12x", " 12", "0x1"})
        EXPECT_EQ(parse_number<std::uint16_t>(text), std::nullopt) << text;
}

TEST(UntilNul, IsWhatCWouldMakeOfIt)
{
    using namespace std::string_view_literals;
    EXPECT_EQ(until_nul("a\nb\n"), "a\nb\n");
    EXPECT_EQ(until_nul("a\0b\0"sv), "a");
    EXPECT_EQ(until_nul("\0b"sv), "");
    EXPECT_EQ(until_nul(""), "");
}

TEST(Printable, EscapesWhatCouldRuleATerminalOrForgeALine)
{
    EXPECT_EQ(printable("a b"), "a b");
    EXPECT_EQ(printable("a\n\x1b[2J\\"), "a\\n\\033[2J\\\\");
    EXPECT_EQ(printable("\xff"), "\\377");
}

TEST(PrintableText, KeepsLinesAndUnicode)
{
    EXPECT_EQ(printable_text("Grüße\r\nzwei\t\n"), "Grüße\nzwei\t\n");
}

TEST(PrintableText, EscapesControlCharactersInEveryDisguise)
{
    EXPECT_EQ(printable_text("\x1b[31m"), "\\033[31m");
    EXPECT_EQ(printable_text("\xc2\x9b"), "\\302\\233");              // C1 control as UTF-8
    EXPECT_EQ(printable_text("\xc0\x9b"), "\\300\\233");              // overlong
    EXPECT_EQ(printable_text("\xe2\x80\xae"), "\\342\\200\\256");     // right-to-left override
    EXPECT_EQ(printable_text("\xe2\x82"), "\\342\\202");              // cut short
    EXPECT_EQ(printable_text("a\rb"), "a\\rb");
    EXPECT_EQ(printable_text("a\r\r\n\r"), "a\\r\n\\r");
}

TEST(PrintableText, OfOneLineKeepsItOne)
{
    EXPECT_EQ(printable_line("Grüße\r\nzwei\t\x1b"), "Grüße\\r\\nzwei\\t\\033");
}

TEST(InAscii, BytesOfUtf8AreNumbers)
{
    EXPECT_EQ(in_ascii("gr\xc3\xbc\xc3\x9f\n\t~"), "gr\\303\\274\\303\\237\n\t~");
    EXPECT_EQ(in_ascii(printable_line("\xdb\x9b\\")), "\\333\\233" + printable_line("\\"));
}

} // namespace
} // namespace nacre
