#include "tools/sftp/completion.h"

#include <gtest/gtest.h>

namespace nacre::sftp_tool {
namespace {

TEST(SftpCompletion, OneCandidateIsFinished)
{
    EXPECT_EQ(complete_word("re", {"readme", "other"}, 0).insertion, "adme ");
    EXPECT_EQ(complete_word("d", {"dir/", "other"}, 0).insertion, "ir/");
    EXPECT_EQ(complete_word("re", {"read me"}, '"').insertion, "ad me\" ");
}

TEST(SftpCompletion, SeveralAreTakenAsFarAsTheyAgreeAndShown)
{
    auto completion = complete_word("a", {"abc1", "abc2", "x"}, 0);
    EXPECT_EQ(completion.insertion, "bc");
    EXPECT_EQ(completion.choices, (std::vector<std::string>{"abc1", "abc2"}));
    EXPECT_EQ(complete_word("", {"\xc3\xa4x", "\xc3\xb6x"}, 0).insertion, "") << "no half of a character";
}

TEST(SftpCompletion, SpecialCharactersAreEscaped)
{
    EXPECT_EQ(complete_word("a", {"a b*c#"}, 0).insertion, "\\ b\\*c\\# ");
}

// "lls", "!": a name that somebody else chose is no command.
TEST(SftpCompletion, WhatAShellWouldReadIsEscapedForIt)
{
    EXPECT_EQ(complete_word("a", {"a;id>b $(x)`y`&"}, 0, LineFor::shell).insertion, "\\;id\\>b\\ \\$\\(x\\)\\`y\\`\\& ");
    EXPECT_EQ(complete_word("a", {"ab\xc3\xa4-1.2_c"}, 0, LineFor::shell).insertion, "b\xc3\xa4-1.2_c ");
    EXPECT_EQ(complete_word("a", {"a\nid"}, 0, LineFor::shell).insertion, "") << "nothing helps against the end of a line";
    EXPECT_EQ(complete_word("a", {"a$(id)"}, '"', LineFor::shell).insertion, "");
    EXPECT_EQ(complete_word("a", {"abc"}, '"', LineFor::shell).insertion, "bc\" ");
}

TEST(SftpCompletion, HiddenNamesOnlyIfAskedFor)
{
    EXPECT_TRUE(complete_word("", {".hidden"}, 0).insertion.empty());
    EXPECT_EQ(complete_word(".", {".hidden"}, 0).insertion, "hidden ");
}

} // namespace
} // namespace nacre::sftp_tool
