#include "config/algorithm_lists.h"

#include <gtest/gtest.h>

#include "wire/name_list.h"

namespace nacre {
namespace {

TEST(AlgorithmLists, DefaultsAreKnownAndNotEmpty)
{
    for (auto which : {AlgorithmList::ciphers, AlgorithmList::macs, AlgorithmList::kex_client, AlgorithmList::kex_server,
                       AlgorithmList::signatures, AlgorithmList::ca_signatures}) {
        auto list = default_algorithms(which);
        EXPECT_FALSE(list.empty());
        EXPECT_EQ(edit_algorithms(which, list).value(), list);
    }
}

TEST(AlgorithmLists, AreEdited)
{
    auto defaults = default_algorithms(AlgorithmList::ciphers);
    EXPECT_EQ(*edit_algorithms(AlgorithmList::ciphers, "+aes128-cbc"), defaults + ",aes128-cbc");
    EXPECT_TRUE(edit_algorithms(AlgorithmList::ciphers, "^aes256-ctr")->starts_with("aes256-ctr,"));
    EXPECT_FALSE(list_contains(*edit_algorithms(AlgorithmList::ciphers, "-aes*"), "aes256-ctr"));
    EXPECT_EQ(*edit_algorithms(AlgorithmList::ciphers, "aes256-ctr,aes128-ctr"), "aes256-ctr,aes128-ctr");
}

TEST(AlgorithmLists, UnknownNamesAreErrorsButThoseOfOpenSshAreNot)
{
    for (auto change : {"foo", "+foo", "aes128-ctr,foo", ""})
        EXPECT_FALSE(edit_algorithms(AlgorithmList::ciphers, change)) << change;
    auto with_token = edit_algorithms(AlgorithmList::signatures, "sk-ssh-ed25519@openssh.com,ssh-ed25519");
    ASSERT_TRUE(with_token);
    EXPECT_TRUE(list_contains(*with_token, "ssh-ed25519"));
    EXPECT_FALSE(edit_algorithms(AlgorithmList::signatures, "ssh-dss"));   // nothing is left
}

TEST(AlgorithmLists, AServerOffersNoFiniteFieldGroupsByDefault)
{
    EXPECT_TRUE(default_algorithms(AlgorithmList::kex_client).contains("diffie-hellman-"));
    EXPECT_FALSE(default_algorithms(AlgorithmList::kex_server).contains("diffie-hellman-"));
    EXPECT_TRUE(edit_algorithms(AlgorithmList::kex_server, "+diffie-hellman-group14-sha256"));
}

} // namespace
} // namespace nacre
