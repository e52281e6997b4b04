#include "config/usage.h"

#include <gtest/gtest.h>

#include <array>

namespace nacre {
namespace {

TEST(Usage, ShowsLettersTogetherThenValuesAndLongNamesAndBreaksLinesBetweenThem)
{
    std::array options{CompletedOption{"-4", Completes::nothing}, CompletedOption{"-v", Completes::nothing},
                       CompletedOption{"-p", Completes::anything, "port"}, CompletedOption{"--lint", Completes::nothing},
                       CompletedOption{"--completion", Completes::shells, "shell"}};
    std::array<std::string_view, 2> words{"destination", "[a word that is so long that it does not fit into a line with others]"};
    EXPECT_EQ(usage_text("x", options, words), "usage: x [-4v] [-p port] [--lint] [--completion shell] destination\n"
                                               "         [a word that is so long that it does not fit into a line with others]");
}

} // namespace
} // namespace nacre
