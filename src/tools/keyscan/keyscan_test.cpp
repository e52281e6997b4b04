// Which hosts are asked, for what, and how their keys are printed.
#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/random.h"
#include "keys/known_hosts.h"
#include "tools/keyscan/print.h"
#include "tools/keyscan/targets.h"

namespace nacre::keyscan {
namespace {

std::vector<std::string> all_of(Targets& targets)
{
    std::vector<std::string> all;
    while (auto target = targets.next())
        all.push_back(join(target->candidates, "|") + " " + target->names);
    return all;
}

using Strings = std::vector<std::string>;

TEST(Targets, AreNamesAliasesAndNetworks)
{
    Targets targets;
    ASSERT_TRUE(targets.add_file("# a comment\n\n a.example\n192.0.2.1,b.example b,c rest\n10.0.0.4/30\n::1/128 self # x"));
    EXPECT_EQ(all_of(targets), (Strings{"a.example a.example", "192.0.2.1|b.example b,c", "10.0.0.4 10.0.0.4",
                                        "10.0.0.5 10.0.0.5", "10.0.0.6 10.0.0.6", "10.0.0.7 10.0.0.7", "::1 self"}));
}

TEST(Targets, WalkNetworksOfBothFamiliesAcrossBytes)
{
    Targets targets;
    ASSERT_TRUE(targets.add("192.0.2.0/23"));
    ASSERT_TRUE(targets.add("2001:db8::2:0/111"));
    auto all = all_of(targets);
    ASSERT_EQ(all.size(), 512u + 131072u);
    EXPECT_EQ(all[0], "192.0.2.0 192.0.2.0");
    EXPECT_EQ(all[511], "192.0.3.255 192.0.3.255");
}

TEST(Targets, RefuseWhatCannotBeWalked)
{
    Targets targets;
    EXPECT_FALSE(targets.add("10.0.0.0/7"));
    EXPECT_FALSE(targets.add("2001:db8::/64"));
    EXPECT_FALSE(targets.add("10.0.0.1/8"));                      // bits below the mask
    auto outcome = targets.add_file("fine\n10.0.0.0/99\n");
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().what.starts_with("line 2: "));
}

TEST(Algorithms, AreThoseOfTheType)
{
    EXPECT_EQ(algorithms_for("rsa", false), "rsa-sha2-512,rsa-sha2-256,ssh-rsa");
    EXPECT_EQ(algorithms_for("ed25519", true), "ssh-ed25519-cert-v01@openssh.com");
    EXPECT_TRUE(algorithms_for("ecdsa", false).contains("nistp521"));
    EXPECT_EQ(algorithms_for("none", false), "");
}

class Printing : public testing::Test {
protected:
    Settings settings;
    SystemRandom random;
    PublicKey key = *PublicKey::from_line(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
    std::string line = key.line();
};

TEST_F(Printing, OneLineForAllNamesOnThePortThatNeedsNoBrackets)
{
    EXPECT_EQ(lines_for(settings, "A.example,10.0.0.1", key, random), "a.example,10.0.0.1 " + line + "\n");
}

TEST_F(Printing, ALineForEachNameElsewhere)
{
    settings.port = 2222;
    EXPECT_EQ(lines_for(settings, "a,::1", key, random), "[a]:2222 " + line + "\n[::1]:2222 " + line + "\n");
}

TEST_F(Printing, HashedNamesAreFoundAgain)
{
    settings.hashed = true;
    KnownHosts hosts;
    hosts.add("scan", lines_for(settings, "a,b", key, random));
    EXPECT_EQ(hosts.lookup(std::vector<std::string>{"b"}).size(), 1u);
    EXPECT_EQ(hosts.lookup(std::vector<std::string>{"c"}).size(), 0u);
}

TEST_F(Printing, RecordsForTheDns)
{
    settings.dns_records = true;
    settings.dns_hash = HashKind::sha256;
    auto records = lines_for(settings, "A", key, random);
    EXPECT_TRUE(records.starts_with("a IN SSHFP 4 2 ")) << records;
    EXPECT_EQ(records.size(), 15u + 64u + 1u);
}

} // namespace
} // namespace nacre::keyscan
