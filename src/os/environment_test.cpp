#include "os/environment.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nacre {
namespace {

TEST(EnvironmentBuilder, LaterWinsInTheFirstPlace)
{
    Environment environment;
    EXPECT_TRUE(environment.set("A", "1"));
    EXPECT_TRUE(environment.set("AB", "2"));
    EXPECT_TRUE(environment.set("A", "3"));
    EXPECT_EQ(environment.lines(), (std::vector<std::string>{"A=3", "AB=2"}));
    EXPECT_EQ(environment.find("AB"), "2");
    environment.remove("A");
    EXPECT_EQ(environment.find("A"), std::nullopt);
    EXPECT_EQ(environment.find("AB"), "2");
}

TEST(EnvironmentBuilder, RefusesWhatTheKernelWouldMisread)
{
    Environment environment;
    using namespace std::string_view_literals;
    EXPECT_FALSE(environment.set("", "x"));
    EXPECT_FALSE(environment.set("A=B", "x"));
    EXPECT_FALSE(environment.set("A\0B"sv, "x"));
    EXPECT_FALSE(environment.set("A", "x\0y"sv));
    EXPECT_FALSE(environment.set_line("no equals sign"));
    EXPECT_EQ(environment.size(), 0U);
    EXPECT_TRUE(environment.set_line("A=b=c"));
    EXPECT_EQ(environment.find("A"), "b=c");
}

TEST(EnvironmentBuilder, EndsWithNull)
{
    Environment environment;
    environment.set("A", "1");
    auto envp = environment.envp();
    ASSERT_EQ(envp.size(), 2U);
    EXPECT_STREQ(envp[0], "A=1");
    EXPECT_EQ(envp[1], nullptr);
}

TEST(Locale, TheFirstVariableThatSaysAnythingSaysWhetherItIsUtf8)
{
    auto says = [](std::vector<std::string> lines) {
        Environment environment;
        for (auto& line : lines)
            EXPECT_TRUE(environment.set_line(line));
        return locale_has_utf8(environment);
    };
    EXPECT_FALSE(says({}));
    EXPECT_TRUE(says({"LANG=de_DE.UTF-8"}));
    EXPECT_TRUE(says({"LANG=C", "LC_CTYPE=C.utf8"}));
    EXPECT_TRUE(says({"LC_ALL=", "LC_CTYPE=", "LANG=en_US.Utf-8@x"}));
    EXPECT_FALSE(says({"LANG=de_DE.UTF-8", "LC_ALL=POSIX"}));
    EXPECT_FALSE(says({"LANG=de_DE.UTF-8", "LC_CTYPE=de_DE.ISO-8859-1"}));
}

} // namespace
} // namespace nacre
