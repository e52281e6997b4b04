#include "server/auth_progress.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(AuthProgress, AnyMethodIsEnoughByDefault)
{
    ServerOptions options;
    options.use_pam = true;
    AuthProgress progress{options};
    EXPECT_EQ(progress.can_continue(), "publickey,password,keyboard-interactive");
    EXPECT_EQ(progress.passed("password"), AuthOutcome::success);
}

TEST(AuthProgress, PromptsNeedPam)
{
    AuthProgress progress{ServerOptions{}};
    EXPECT_EQ(progress.can_continue(), "publickey,password");
    EXPECT_FALSE(progress.may_try("keyboard-interactive"));
}

TEST(AuthProgress, KerberosIsOfferedWhereItIsOn)
{
    ServerOptions options;
    options.gssapi_authentication = true;
    EXPECT_EQ(AuthProgress{options}.can_continue(), "publickey,password,gssapi-with-mic");
    options.authentication_methods = {"gssapi-with-mic,publickey"};
    AuthProgress progress{options};
    EXPECT_EQ(progress.can_continue(), "gssapi-with-mic");
    EXPECT_EQ(progress.passed("gssapi-with-mic"), AuthOutcome::partial);
    EXPECT_EQ(progress.passed("publickey"), AuthOutcome::success);
    options.gssapi_authentication = false;
    EXPECT_EQ(AuthProgress{options}.can_continue(), "");
}

TEST(AuthProgress, ListsAreWalkedInOrder)
{
    ServerOptions options;
    options.authentication_methods = {"publickey,password"};
    AuthProgress progress{options};
    EXPECT_EQ(progress.can_continue(), "publickey");
    EXPECT_EQ(progress.passed("password"), AuthOutcome::failure);
    EXPECT_EQ(progress.passed("publickey"), AuthOutcome::partial);
    EXPECT_EQ(progress.can_continue(), "password");
    EXPECT_EQ(progress.passed("password"), AuthOutcome::success);
}

TEST(AuthProgress, OneListOfSeveralIsEnough)
{
    ServerOptions options;
    options.authentication_methods = {"publickey,password", "password,publickey"};
    AuthProgress progress{options};
    EXPECT_EQ(progress.can_continue(), "publickey,password");
    EXPECT_EQ(progress.passed("password"), AuthOutcome::partial);
    EXPECT_EQ(progress.can_continue(), "publickey");
    EXPECT_EQ(progress.passed("publickey"), AuthOutcome::success);
}

TEST(AuthProgress, AListWithADisabledMethodCannotBeCompleted)
{
    ServerOptions options;
    options.password_authentication = false;
    options.authentication_methods = {"publickey,password"};
    AuthProgress progress{options};
    EXPECT_EQ(progress.can_continue(), "");
    EXPECT_EQ(progress.passed("publickey"), AuthOutcome::failure);
}

TEST(AuthProgress, AMethodThatWasWithdrawnTakesItsListsAlong)
{
    ServerOptions options;
    options.authentication_methods = {"publickey,password", "publickey"};
    AuthProgress progress{options};
    progress.withdraw("password");
    EXPECT_EQ(progress.passed("publickey"), AuthOutcome::success);
    AuthProgress any{ServerOptions{}};
    any.withdraw("password");
    EXPECT_EQ(any.can_continue(), "publickey");
    EXPECT_EQ(any.passed("password"), AuthOutcome::failure);
}

TEST(AuthProgress, HostBasedIsOfferedWhereItIsSwitchedOn)
{
    ServerOptions options;
    options.hostbased_authentication = true;
    AuthProgress progress{options};
    EXPECT_EQ(progress.can_continue(), "publickey,password,hostbased");
    EXPECT_EQ(progress.passed("hostbased"), AuthOutcome::success);
}

TEST(AuthProgress, NoneIsForAccountsWithoutAPasswordAndIsNeverOffered)
{
    ServerOptions options;
    options.authentication_methods = {"none"};
    EXPECT_FALSE(AuthProgress{options}.may_try("none"));
    options.permit_empty_passwords = true;
    AuthProgress progress{options};
    EXPECT_TRUE(progress.may_try("none"));
    EXPECT_FALSE(progress.may_try("password"));
    EXPECT_EQ(progress.can_continue(), "");
    EXPECT_EQ(progress.passed("none"), AuthOutcome::success);
    options.authentication_methods.clear();
    EXPECT_EQ(AuthProgress{options}.can_continue(), "publickey,password");
    EXPECT_EQ(AuthProgress{options}.passed("none"), AuthOutcome::success);
    options.authentication_methods = {"password,publickey"};      // where the order is given, none is no password
    EXPECT_FALSE(AuthProgress{options}.may_try("none"));
    options.authentication_methods = {"none"};
    options.password_authentication = false;
    EXPECT_FALSE(AuthProgress{options}.may_try("none"));
}

TEST(AuthProgress, ADeviceBehindAColonIsNotPartOfTheName)
{
    ServerOptions options;
    options.use_pam = true;
    options.authentication_methods = {"keyboard-interactive:pam"};
    EXPECT_EQ(AuthProgress{options}.can_continue(), "keyboard-interactive");
}

} // namespace
} // namespace nacre
