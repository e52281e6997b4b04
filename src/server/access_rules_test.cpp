#include "server/access_rules.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

AccessSubject joe(std::string address = "192.0.2.7")
{
    return {.user = "joe", .groups = {"users", "staff"}, .host = "client.example", .address = std::move(address)};
}

TEST(AccessRules, NothingIsAgainstAnyoneByDefault)
{
    EXPECT_EQ(refused_by_lists(ServerOptions{}, joe()), std::nullopt);
}

TEST(AccessRules, DenyWinsOverAllow)
{
    ServerOptions options;
    options.allow_users = {"joe"};
    options.deny_users = {"j*"};
    EXPECT_EQ(refused_by_lists(options, joe()), "listed in DenyUsers");
}

TEST(AccessRules, WhoIsNotAllowedIsRefused)
{
    ServerOptions options;
    options.allow_users = {"ann", "bob"};
    EXPECT_EQ(refused_by_lists(options, joe()), "not listed in AllowUsers");
}

TEST(AccessRules, AUserPatternMayNameTheClient)
{
    EXPECT_TRUE(matches_user_pattern("joe@192.0.2.0/24", joe()));
    EXPECT_TRUE(matches_user_pattern("joe@*.EXAMPLE", joe()));
    EXPECT_FALSE(matches_user_pattern("joe@192.0.2.0/24", joe("198.51.100.1")));
    EXPECT_FALSE(matches_user_pattern("ann@192.0.2.0/24", joe()));
    EXPECT_FALSE(matches_user_pattern("joe@!192.0.2.7,192.0.2.*", joe()));
    // Negated for the name, it does not matter that the address fits; and the other way round.
    EXPECT_FALSE(matches_user_pattern("joe@192.0.2.0/24,!*.example", joe()));
    EXPECT_FALSE(matches_user_pattern("joe@*.example,!192.0.2.0/24", joe()));
    EXPECT_TRUE(matches_user_pattern("joe@192.0.2.0/24,!*.guest.example", joe()));
}

TEST(AccessRules, GroupsCount)
{
    ServerOptions options;
    options.allow_groups = {"admins"};
    EXPECT_EQ(refused_by_lists(options, joe()), "none of user's groups are listed in AllowGroups");
    options.allow_groups = {"st*"};
    EXPECT_EQ(refused_by_lists(options, joe()), std::nullopt);
    options.deny_groups = {"users"};
    EXPECT_EQ(refused_by_lists(options, joe()), "a group is listed in DenyGroups");
}

// Unlike in "Match Group", a comma and an exclamation mark are characters of a name.
TEST(AccessRules, AGroupPatternIsNoList)
{
    ServerOptions options;
    options.allow_groups = {"admins,staff"};
    EXPECT_TRUE(refused_by_lists(options, joe()));
    options.allow_groups = {"!admins,*"};
    EXPECT_TRUE(refused_by_lists(options, joe()));
    options.allow_groups = {"!staff", "*"};
    EXPECT_FALSE(refused_by_lists(options, joe()));
    options.allow_groups.clear();
    options.deny_groups = {"!staff", "*"};
    EXPECT_TRUE(refused_by_lists(options, joe()));
}

TEST(AccessRules, RootComesInAsPermitRootLoginSays)
{
    EXPECT_TRUE(root_may_log_in(PermitRoot::yes, "password", false));
    EXPECT_FALSE(root_may_log_in(PermitRoot::no, "publickey", true));
    EXPECT_TRUE(root_may_log_in(PermitRoot::prohibit_password, "publickey", false));
    EXPECT_TRUE(root_may_log_in(PermitRoot::prohibit_password, "gssapi-with-mic", false));
    EXPECT_FALSE(root_may_log_in(PermitRoot::prohibit_password, "password", false));
    EXPECT_FALSE(root_may_log_in(PermitRoot::prohibit_password, "keyboard-interactive", false));
    EXPECT_FALSE(root_may_log_in(PermitRoot::forced_commands_only, "publickey", false));
    EXPECT_TRUE(root_may_log_in(PermitRoot::forced_commands_only, "publickey", true));
}

} // namespace
} // namespace nacre
