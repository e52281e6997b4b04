#include "keys/sshfp_answer.h"

#include <gtest/gtest.h>

#include <string_view>

namespace nacre {
namespace {

using namespace std::string_view_literals;

constexpr auto question = "\4host\4test\0\0\x2c\0\1"sv;

ByteVector message(std::uint16_t flags, std::uint8_t answers, std::string_view body)
{
    ByteVector bytes{0, 1, static_cast<std::uint8_t>(flags >> 8), static_cast<std::uint8_t>(flags), 0, 1, 0, answers, 0, 0, 0, 0};
    for (auto part : {question, body})
        bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

TEST(SshfpAnswer, HoldsTheRecordsAndTheAuthenticity)
{
    auto body = "\xc0\x0c\0\x2c\0\1\0\0\0\x3c\0\4\4\2\xab\xcd"
                "\4host\4test\0\0\x2c\0\1\0\0\0\x3c\0\3\1\1\xee"sv;
    auto answer = parse_sshfp_answer(message(0x81a0, 2, body));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->is_authentic);
    EXPECT_EQ(answer->records, (std::vector<SshfpRecord>{{4, 2, {0xab, 0xcd}}, {1, 1, {0xee}}}));
    EXPECT_FALSE(parse_sshfp_answer(message(0x8180, 2, body))->is_authentic);
}

TEST(SshfpAnswer, StepsOverAliasesSignaturesAndOtherClasses)
{
    auto body = "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c"
                "\xc0\x0c\0\x2e\0\1\0\0\0\x3c\0\5abcde"
                "\xc0\x0c\0\x2c\0\3\0\0\0\x3c\0\3\4\2\1"
                "\xc0\x0c\0\x2c\0\1\0\0\0\x3c\0\1\4"
                "\xc0\x0c\0\x2c\0\1\0\0\0\x3c\0\3\4\2\2"sv;
    auto answer = parse_sshfp_answer(message(0x8180, 5, body));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->records, (std::vector<SshfpRecord>{{4, 2, {2}}}));
}

TEST(SshfpAnswer, IsEmptyWhereTheNameDoesNotExist)
{
    auto answer = parse_sshfp_answer(message(0x8183, 0, ""));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->records.empty());
}

TEST(SshfpAnswer, RefusesFailuresCutsAndQuestions)
{
    EXPECT_FALSE(parse_sshfp_answer(message(0x8182, 0, "")));     // SERVFAIL
    EXPECT_FALSE(parse_sshfp_answer(message(0x8380, 0, "")));     // truncated
    EXPECT_FALSE(parse_sshfp_answer(message(0x0100, 0, "")));
    EXPECT_FALSE(parse_sshfp_answer({}));
}

TEST(SshfpAnswer, RefusesEveryPrefix)
{
    auto whole = message(0x8180, 1, "\xc0\x0c\0\x2c\0\1\0\0\0\x3c\0\4\4\2\xab\xcd"sv);
    ASSERT_TRUE(parse_sshfp_answer(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parse_sshfp_answer(Bytes{whole}.first(size))) << size;
}

TEST(SshfpAnswer, BoundsItsRecords)
{
    std::string body;
    for (int i = 0; i < 255; ++i)
        body += "\xc0\x0c\0\x2c\0\1\0\0\0\x3c\0\3\4\2\1"sv;
    EXPECT_LE(parse_sshfp_answer(message(0x8180, 255, body))->records.size(), most_sshfp_records);
}

} // namespace
} // namespace nacre
