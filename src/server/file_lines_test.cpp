#include "server/file_lines.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nacre {
namespace {

constexpr std::size_t longest = 8;

// Each line with its number, whatever the pieces are.
std::string lines_by(std::string_view text, std::size_t size)
{
    std::string all;
    auto number = [&](const FileLines& lines) {
        EXPECT_EQ(lines.file, "file");
        auto at = lines.first;
        for (auto rest = lines.text; !rest.empty(); ++at) {
            auto end = std::min(rest.find('\n'), rest.size());
            auto line = end > longest ? " too long" : std::string{rest.substr(0, end)};
            all += std::to_string(at) + ":" + line + "\n";
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    };
    LinePieces pieces{"file", longest};
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
        number(pieces.add(text.substr(0, size)));
    number(pieces.rest());
    return all;
}

TEST(LinePieces, DoNotShow)
{
    for (std::size_t size = 1; size < 60; ++size) {
        EXPECT_EQ(lines_by("a\n\nlonger\n12345678\n123456789\na much longer one, over several\nb\nlast", size),
                  "1:a\n2:\n3:longer\n4:12345678\n5: too long\n6: too long\n7:b\n8:last\n")
            << size;
        EXPECT_EQ(lines_by("a\nb\n", size), "1:a\n2:b\n") << size;
    }
    EXPECT_EQ(lines_by("", 1), "");
}

TEST(LinePieces, KeepNoMoreOfALineThanTellsThatItIsTooLong)
{
    LinePieces pieces{"file", longest};
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(pieces.add("0123456789").text, "");
    EXPECT_EQ(pieces.add("0\n").text, "0123456780\n");
}

} // namespace
} // namespace nacre
