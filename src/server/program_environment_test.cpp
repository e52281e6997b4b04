#include "server/program_environment.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nacre {
namespace {

const UserAccount joe{.name = "joe", .uid = 1000, .gid = 1000, .home = "/home/joe", .shell = "/bin/sh"};
const ConnectionInfo connection{"192.0.2.7", 4711, "192.0.2.1", 22, "192.0.2.7"};

ProgramSituation situation() { return {.account = joe, .connection = connection}; }

bool has(const std::vector<std::string>& lines, std::string_view line)
{
    return std::ranges::find(lines, line) != lines.end();
}

TEST(ProgramEnvironment, SaysWhoWhereAndFromWhere)
{
    auto environment = program_environment(situation());
    for (auto line : {"USER=joe", "LOGNAME=joe", "HOME=/home/joe", "SHELL=/bin/sh", "MAIL=/var/mail/joe",
                      "PATH=/usr/local/bin:/usr/bin:/bin:/usr/games"})
        EXPECT_TRUE(has(environment.before, line)) << line;
    EXPECT_TRUE(has(environment.after, "SSH_CLIENT=192.0.2.7 4711 22"));
    EXPECT_TRUE(has(environment.after, "SSH_CONNECTION=192.0.2.7 4711 192.0.2.1 22"));
    EXPECT_EQ(environment.after.size(), 2U);
}

TEST(ProgramEnvironment, TheClientCannotChangeWhoTheUserIs)
{
    auto where = situation();
    where.from_client = {{"HOME", "/tmp"}, {"LANG", "C"}};
    auto environment = program_environment(where);
    EXPECT_TRUE(has(environment.before, "HOME=/home/joe"));
    EXPECT_FALSE(has(environment.before, "HOME=/tmp"));
    EXPECT_TRUE(has(environment.before, "LANG=C"));
}

TEST(ProgramEnvironment, DelegatedTicketsWinOverTheClientsVariable)
{
    auto where = situation();
    where.from_client = {{"KRB5CCNAME", "FILE:/tmp/theirs"}};
    where.tickets = "FILE:/tmp/ours";
    EXPECT_TRUE(has(program_environment(where).before, "KRB5CCNAME=FILE:/tmp/ours"));
}

TEST(ProgramEnvironment, SetEnvWinsOverPamAndBothOverWhatTheUserSays)
{
    auto where = situation();
    where.from_client = {{"LANG", "C"}, {"A", "client"}};
    where.from_key = {{"A", "key"}};
    where.user_environment.on = true;
    where.from_pam.set("LANG", "en_GB.UTF-8");
    where.from_pam.set("A", "pam");
    where.from_config = {{"LANG", "de_DE.UTF-8"}};
    auto environment = program_environment(where);
    EXPECT_TRUE(has(environment.before, "A=key"));
    EXPECT_TRUE(has(environment.after, "A=pam")) << "behind the user's file";
    EXPECT_TRUE(has(environment.after, "LANG=de_DE.UTF-8"));
    EXPECT_FALSE(has(environment.after, "LANG=en_GB.UTF-8"));
}

TEST(ProgramEnvironment, AKeySetsVariablesOnlyWherePermitted)
{
    auto where = situation();
    where.from_key = {{"A", "1"}, {"B", "2"}};
    EXPECT_FALSE(has(program_environment(where).before, "A=1"));
    where.user_environment = {.on = true, .names = "A*"};
    EXPECT_TRUE(has(program_environment(where).before, "A=1"));
    EXPECT_FALSE(has(program_environment(where).before, "B=2"));
}

TEST(ProgramEnvironment, AForcedCommandLearnsWhatWasAsked)
{
    auto where = situation();
    where.command_is_forced = true;
    where.original_command = "scp -t x";
    EXPECT_TRUE(has(program_environment(where).after, "SSH_ORIGINAL_COMMAND=scp -t x"));
}

TEST(ProgramEnvironment, TheUsersFileIsReadLineByLine)
{
    auto lines = read_user_environment("# comment\nA=1\n =x\n\tB=2=3\nnonsense\nC=x \t\n", "");
    EXPECT_EQ(lines, (std::vector<std::string>{"A=1", "B=2=3", "C=x \t"}));
    EXPECT_EQ(read_user_environment("A=1\nB=2\n", "B"), (std::vector<std::string>{"B=2"}));
}

} // namespace
} // namespace nacre
