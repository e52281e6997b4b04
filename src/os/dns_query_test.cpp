#include "os/dns_query.h"

#include <gtest/gtest.h>

#include <vector>

namespace nacre {
namespace {

constexpr std::uint16_t sshfp = 44;
const std::string no_name("a\0b", 3);                             // so that no name server is asked

TEST(DnsQuery, EachAnswerComesFromItsOwnThread)
{
    std::vector<std::future<Result<ByteVector>>> answers;
    for (int i = 0; i < 32; ++i)
        answers.push_back(query_dns_in_background(no_name, sshfp));
    for (auto& answer : answers)
        EXPECT_FALSE(answer.get());
}

TEST(DnsQuery, NobodyWaitsForAnAnswerThatIsNotFetched)
{
    for (int i = 0; i < 32; ++i)
        EXPECT_TRUE(query_dns_in_background(no_name, sshfp).valid());
}

} // namespace
} // namespace nacre
