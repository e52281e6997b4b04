#include "client/queries.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace nacre {
namespace {

TEST(Queries, AnswerEachListedOne)
{
    auto listed = answer_query("help");
    ASSERT_TRUE(listed);
    for (auto name : split(*listed, '\n'))
        EXPECT_TRUE(name.empty() || answer_query(name)) << name;
}

TEST(Queries, GiveOneNamePerLine)
{
    EXPECT_EQ(answer_query("protocol-version").value_or(""), "2\n");
    auto ciphers = answer_query("cipher").value_or("");
    EXPECT_NE(ciphers.find("aes128-ctr\n"), std::string::npos);
    EXPECT_EQ(ciphers.find(','), std::string::npos);
    EXPECT_EQ(answer_query("cipher-auth").value_or("").find("aes128-ctr"), std::string::npos);
}

TEST(Queries, KnowKeywordsInAnyCase)
{
    EXPECT_EQ(*answer_query("kexalgorithms"), *answer_query("KexAlgorithms"));
}

TEST(Queries, RefuseOthers) { EXPECT_FALSE(answer_query("bogus")); }

} // namespace
} // namespace nacre
