#include "client/arguments.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nacre {
namespace {

using Words = std::vector<std::string>;

CommandLine parsed(const Words& words)
{
    auto line = parse_arguments(words);
    EXPECT_TRUE(line) << (line ? "" : line.error().what);
    return line ? *line : CommandLine{};
}

std::string refused(const Words& words)
{
    auto line = parse_arguments(words);
    return line ? "accepted" : line.error().what;
}

// The first of a keyword is the one that counts.
std::string value_of(const CommandLine& line, std::string_view keyword)
{
    auto found = std::ranges::find(line.settings, keyword, &Setting::keyword);
    return found == line.settings.end() ? "" : found->value;
}

TEST(Arguments, JoinTheCommandByBlanks)
{
    auto line = parsed({"host", "echo", "a  b", "c"});
    EXPECT_EQ(line.host, "host");
    EXPECT_EQ(line.command, "echo a  b c");
}

TEST(Arguments, MayFollowTheHost)
{
    auto line = parsed({"-q", "host", "-p", "2222", "-E", "log", "command", "-x"});
    EXPECT_EQ(value_of(line, "Port"), "2222");
    EXPECT_EQ(line.log_file, "log");
    EXPECT_EQ(line.command, "command -x");
}

TEST(Arguments, TakeValuesAttachedOrApartAndGroupsOfFlags)
{
    EXPECT_EQ(parsed({"-Elog", "host"}).log_file, "log");
    auto line = parsed({"-vvvnNfF", "file", "host"});
    EXPECT_EQ(line.config_file, "file");
    EXPECT_EQ(value_of(line, "LogLevel"), "DEBUG3");
    EXPECT_EQ(value_of(line, "SessionType"), "none");
    EXPECT_EQ(value_of(line, "StdinNull"), "yes");
    EXPECT_EQ(parsed({"-GF", "file", "host"}).action, CommandLine::Action::print_configuration);
    EXPECT_EQ(parsed({"-Z", "host"}).action, CommandLine::Action::list_offers);
}

TEST(Arguments, OfTwoFlagsForOneThingTheLastCountsAndMoreThanAnyOption)
{
    EXPECT_EQ(value_of(parsed({"-A", "-a", "host"}), "ForwardAgent"), "no");
    EXPECT_EQ(value_of(parsed({"-4", "host", "-6"}), "AddressFamily"), "inet6");
    EXPECT_EQ(value_of(parsed({"-Y", "-x", "host"}), "ForwardX11"), "no");
    EXPECT_EQ(value_of(parsed({"-c", "aes128-ctr", "-c", "aes256-ctr", "host"}), "Ciphers"), "aes256-ctr");
    EXPECT_EQ(value_of(parsed({"-p", "1", "-p", "2", "host"}), "Port"), "1") << "of these OpenSSH takes the first";
    auto settings = parsed({"-o", "ForwardAgent=no", "-A", "-o", "ForwardAgent=no", "host"}).settings;
    ASSERT_FALSE(settings.empty());
    EXPECT_EQ(settings.front().keyword, "ForwardAgent");
}

TEST(Arguments, StopAtTwoDashes)
{
    auto line = parsed({"host", "--", "-v"});
    EXPECT_EQ(line.command, "-v");
    EXPECT_EQ(value_of(line, "LogLevel"), "");
    line = parsed({"-q", "--", "host", "-oProxyCommand=id", "-V"});
    EXPECT_EQ(line.command, "-oProxyCommand=id -V") << "what stands behind it is not known to its writer";
    EXPECT_EQ(value_of(line, "ProxyCommand"), "");
    EXPECT_EQ(parsed({"--", "host", "--", "echo"}).command, "-- echo");
}

TEST(Arguments, UnderstandUserAndPortInTheDestination)
{
    auto line = parsed({"me@somewhere@host"});
    EXPECT_EQ(line.host, "host");
    EXPECT_EQ(value_of(line, "User"), "me@somewhere");
    line = parsed({"ssh://joe@[::1]:2200"});
    EXPECT_EQ(line.host, "::1");
    EXPECT_EQ(value_of(line, "User"), "joe");
    EXPECT_EQ(value_of(line, "Port"), "2200");
}

TEST(Arguments, GiveTheFlagPrecedenceOverTheDestination)
{
    EXPECT_EQ(value_of(parsed({"-l", "first", "second@host"}), "User"), "first");
}

TEST(Arguments, AskTwiceForATerminalToForceIt)
{
    EXPECT_EQ(value_of(parsed({"-t", "host"}), "RequestTTY"), "yes");
    EXPECT_EQ(value_of(parsed({"-tt", "host"}), "RequestTTY"), "force");
    EXPECT_EQ(value_of(parsed({"-t", "host", "-T"}), "RequestTTY"), "no");
}

TEST(Arguments, TakeTheSocketsOfASharedConnection)
{
    auto line = parsed({"--serve", "4", "--join=5", "-s", "host", "sftp"});
    EXPECT_EQ(line.serve, "4");
    EXPECT_EQ(line.join, "5");
    EXPECT_EQ(refused({"--join=5", "-O", "check", "host"}), "Cannot specify multiplexing command with --join");
}

TEST(Arguments, RefusePortsThatAreNone)
{
    EXPECT_EQ(refused({"-p", "0", "host"}), "Bad port '0'");
    EXPECT_EQ(refused({"-p65536", "host"}), "Bad port '65536'");
    EXPECT_EQ(refused({"-p", "22x", "host"}), "Bad port '22x'");
}

TEST(Arguments, RefuseNamesThatAShellWouldRead)
{
    for (auto* host : {"-oProxyCommand=x", "a;b", "a`b`", "a$b", "a\nb", "a'b"})
        EXPECT_EQ(refused({"--", host}), "hostname contains invalid characters") << host;
    for (auto* user : {"-x", "a;b", "a`b`", "a'b", "a\nb"}) {
        EXPECT_EQ(refused({std::string{"joe@"} + user + "@"}), usage());
        EXPECT_EQ(refused({"-l", user, "host"}), "remote username contains invalid characters") << user;
        EXPECT_EQ(refused({"--", std::string{user} + "@host"}), "remote username contains invalid characters") << user;
    }
}

TEST(Arguments, ForwardingsAreSettings)
{
    auto line = parsed({"-L", "1:host:2", "-R0:host:2", "-D", "1080", "-Y", "-w", "3:any", "-J", "a,b", "host"});
    std::vector<std::string> settings;
    for (auto& setting : line.settings)
        settings.push_back(setting.keyword + "=" + setting.value);
    EXPECT_EQ(settings, (std::vector<std::string>{"TunnelDevice=3:any", "ForwardX11=yes", "ForwardX11Trusted=yes",
                                                  "LocalForward=1:host:2", "RemoteForward=0:host:2", "DynamicForward=1080",
                                                  "Tunnel=yes", "ProxyJump=a,b"}));
    EXPECT_EQ(refused({"-L", "1:host", "x"}), "Bad local forwarding specification '1:host'");
    EXPECT_EQ(refused({"-R", "1:2:3:4:5", "x"}), "Bad remote forwarding specification '1:2:3:4:5'");
    EXPECT_EQ(refused({"-D", "x", "x"}), "Bad dynamic forwarding specification 'x'");
}

TEST(Arguments, StandardInputMayBeAConnection)
{
    auto line = parsed({"-W", "[::1]:22", "host"});
    ASSERT_TRUE(line.stdio_forward);
    EXPECT_EQ(line.stdio_forward->host, "::1");
    EXPECT_EQ(line.stdio_forward->port, 22);
    EXPECT_EQ(parsed({"-W", "/run/socket", "host"}).stdio_forward->path, "/run/socket");
    for (auto place : {"host", "host:", ":22", "host:0", "host:70000"})
        EXPECT_TRUE(refused({"-W", place, "host"}).starts_with("Bad stdio forwarding specification")) << place;
    EXPECT_EQ(refused({"-W", "a:1", "-W", "b:2", "host"}), "stdio forward already specified");
}

TEST(Arguments, NameAnUnknownOptionAndAMissingValue)
{
    EXPECT_TRUE(refused({"-u", "host"}).starts_with("unknown option -- u\nusage:"));
    EXPECT_TRUE(refused({"-z", "host"}).starts_with("unknown option -- z\nusage:"));
    EXPECT_TRUE(refused({"host", "-p"}).starts_with("option requires an argument -- p\nusage:"));
    EXPECT_EQ(refused({}), usage());
    EXPECT_EQ(refused({"@host"}), usage());
}

TEST(Arguments, AnswerQueriesWithoutAHost)
{
    EXPECT_EQ(parsed({"-V"}).action, CommandLine::Action::show_version);
    auto line = parsed({"-Q", "cipher"});
    EXPECT_EQ(line.action, CommandLine::Action::answer_query);
    EXPECT_EQ(line.query, "cipher");
}

TEST(Arguments, LetOnlyOneKindOfSessionBe) { EXPECT_EQ(refused({"-N", "-s", "host", "sftp"}), "Cannot specify -N with -s"); }

} // namespace
} // namespace nacre
