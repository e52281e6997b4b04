#include "client/advice.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace nacre {
namespace {

TEST(Advice, NamesTheOptionThatTakesWhatTheServerOffers)
{
    EXPECT_EQ(advice_on_negotiation("no matching cipher found. Their offer: rot13,3des-cbc"),
              "To take 3des-cbc (broken) from this server: -o Ciphers=+3des-cbc");
    EXPECT_EQ(advice_on_negotiation("no matching host key type found. Their offer: ssh-rsa"),
              "To take ssh-rsa (broken) from this server: -o HostKeyAlgorithms=+ssh-rsa");
    EXPECT_TRUE(advice_on_negotiation("no matching MAC found. Their offer: rot13").starts_with("This program knows none"));
    EXPECT_EQ(advice_on_negotiation("no matching MAC found"), "");
    EXPECT_EQ(advice_on_negotiation("something else"), "");
}

TEST(Advice, IsGivenWhereThereIsSome)
{
    EXPECT_TRUE(advice_on_connecting(ECONNREFUSED).contains("sshd"));
    EXPECT_FALSE(advice_on_connecting(ECONNREFUSED).contains("-p")) << "which is -P where scp or sftp has called us";
    EXPECT_EQ(advice_on_connecting(0), "");
}

TEST(Advice, OnARefusedSubsystemNamesItAndTheWayWithoutIt)
{
    EXPECT_TRUE(advice_on_subsystem("sftp").contains("\"sftp\""));
    EXPECT_TRUE(advice_on_subsystem("sftp").contains("scp -O"));
    EXPECT_FALSE(advice_on_subsystem("other").contains("scp"));
}

} // namespace
} // namespace nacre
