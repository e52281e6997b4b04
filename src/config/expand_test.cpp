#include "config/expand.h"

#include <gtest/gtest.h>

#include "support/fake_config_sources.h"

namespace nacre {
namespace {

class Expand : public testing::Test {
protected:
    Expand()
    {
        values.set('h', "host").set('u', "%h").set('d', "/home/joe").set('C', "ab");
        sources.variables = {{"X", "%h${Y}"}, {"EMPTY", ""}};
    }
    Tokens values;
    test::FakeConfigSources sources;
};

TEST_F(Expand, ReplacesTokensOnce)
{
    EXPECT_EQ(expand_tokens("a%%h%hb%C", values, tokens::client).value(), "a%hhostbab");
    EXPECT_EQ(expand_tokens("%u", values, tokens::client).value(), "%h");
    EXPECT_EQ(expand_tokens("", values, tokens::client).value(), "");
}

TEST_F(Expand, RefusesTokensThatDoNotBelongThere)
{
    EXPECT_FALSE(expand_tokens("%u", values, tokens::host_name));
    EXPECT_FALSE(expand_tokens("%p", values, tokens::client));    // nobody knows the port
    EXPECT_FALSE(expand_tokens("a%", values, tokens::client));
    EXPECT_FALSE(expand_tokens("%!", values, tokens::client));
}

TEST_F(Expand, ReplacesVariablesOnce)
{
    EXPECT_EQ(expand_value("a${X}b${EMPTY}%%h$X", values, tokens::client, sources).value(), "a%h${Y}b%h$X");
    for (auto text : {"${NONE}", "${", "${X", "${}"})
        EXPECT_FALSE(expand_value(text, values, tokens::client, sources)) << text;
}

TEST_F(Expand, ReplacesHomes)
{
    EXPECT_EQ(expand_home("~/x", sources).value(), "/home/joe/x");
    EXPECT_EQ(expand_home("~", sources).value(), "/home/joe/");   // as OpenSSH has it
    EXPECT_EQ(expand_home("~root/x", sources).value(), "/root/x");
    EXPECT_EQ(expand_home("a~/x", sources).value(), "a~/x");
    EXPECT_FALSE(expand_home("~nobody/x", sources));
}

TEST_F(Expand, PathsGetAllThree)
{
    EXPECT_EQ(expand_path("~/${EMPTY}%h/${X}", values, tokens::client, sources).value(), "/home/joe/host/%h${Y}");
}

TEST_F(Expand, IsBounded)
{
    values.set('h', std::string(1000, 'x'));
    std::string text;
    for (int i = 0; i < 2000; ++i)
        text += "%h";
    EXPECT_FALSE(expand_tokens(text, values, tokens::client));
}

} // namespace
} // namespace nacre
