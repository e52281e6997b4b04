// What the client decides without a kernel: order of host key algorithms, methods, variables, the session's kind.
#include <gtest/gtest.h>

#include "client/host_identity.h"
#include "client/identities.h"
#include "client/login.h"
#include "client/person.h"
#include "client/terminal_session.h"

namespace nacre {
namespace {

class NoSources final : public ConfigSources {
public:
    Result<std::optional<ConfigFile>> read(const std::string&) override { return std::nullopt; }
    std::vector<std::string> glob(const std::string&) override { return {}; }
    std::optional<std::string> environment(const std::string&) override { return std::nullopt; }
    std::optional<std::string> home_of(const std::string&) override { return "/home/me"; }
    std::string directory() override { return "/home/me"; }
    std::uint32_t own_uid() override { return 1000; }
    std::vector<Address> interface_addresses() override { return {}; }
    Result<bool> run(const std::string&) override { return false; }
};

Configuration configuration_of(NoSources& sources, ClientOptions options, std::string command = {})
{
    ClientSituation situation;
    situation.host = "host";
    situation.command = std::move(command);
    return Configuration{sources, situation, with_defaults(std::move(options), situation), Provenance{}};
}

// A server that asks for the passphrase of a key must not look like ssh itself.
TEST(SaidBy, NamesWhoeverAsksInFrontOfEachLine)
{
    EXPECT_EQ(said_by("joe@gate", "Password: "), "(joe@gate) Password: ");
    EXPECT_EQ(said_by("joe@gate", ""), "(joe@gate) ");
    EXPECT_EQ(said_by("joe@gate", "\n\nEnter passphrase for key 'id': "),
              "(joe@gate) \n(joe@gate) \n(joe@gate) Enter passphrase for key 'id': ");
    EXPECT_EQ(said_by("joe@gate", "one\r\n\x1b[2Jtwo\rthree"), "(joe@gate) one\n(joe@gate) \\033[2Jtwo\\rthree");
}

TEST(HostKeyAlgorithms, PutKnownKindsFirstAndKeepTheOrderOtherwise)
{
    std::string offer = "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256";
    EXPECT_EQ(known_kinds_first(offer, {}), offer);
    EXPECT_EQ(known_kinds_first(offer, {KeyKind::rsa}),
              "rsa-sha2-512,rsa-sha2-256,ssh-ed25519,ecdsa-sha2-nistp256");
    EXPECT_EQ(known_kinds_first(offer, {KeyKind::rsa, KeyKind::ed25519}),
              "ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256");
}

TEST(LoginMethods, LeaveOutWhatIsSwitchedOff)
{
    ClientOptions options;
    EXPECT_EQ(methods_to_try(options, true), "publickey,keyboard-interactive,password");
    options.password_authentication = false;
    EXPECT_EQ(methods_to_try(options, true), "publickey,keyboard-interactive");
    options.pubkey_authentication = PubkeyUse::no;
    options.batch_mode = true;
    EXPECT_EQ(methods_to_try(options, true), "");
}

TEST(LoginMethods, FollowThePreferenceOfThePerson)
{
    ClientOptions options;
    options.preferred_authentications = "password,gssapi-with-mic,publickey";
    EXPECT_EQ(methods_to_try(options, true), "password,publickey");
}

TEST(LoginMethods, TypeNothingWhereTheHostKeyHasChanged)
{
    EXPECT_EQ(methods_to_try(ClientOptions{}, false), "publickey");
}

TEST(VariablesToSend, ComeFromPatternsThenFromSetEnv)
{
    ClientOptions options;
    options.send_env = {"LANG", "LC_*"};
    options.set_env = {{"PEARL", "white"}};
    auto sent = variables_to_send(options, {"LANG=C", "HOME=/root", "LC_ALL=de=x", "LANGUAGE=en"});
    EXPECT_EQ(sent, (std::vector<Variable>{{"LANG", "C"}, {"LC_ALL", "de=x"}, {"PEARL", "white"}}));
}

TEST(TerminalType, IsThatOfSetEnvOrOurOwn)
{
    ClientOptions options;
    EXPECT_EQ(terminal_type(options, "xterm"), "xterm");
    EXPECT_EQ(terminal_type(options, std::nullopt), "");
    options.set_env = {{"PEARL", "white"}, {"TERM", "vt100"}};
    EXPECT_EQ(terminal_type(options, "xterm"), "vt100");
}

TEST(UnprotectedKey, IsNamedWithItsModeInALoudFrame)
{
    auto lines = unprotected_key_warning("/k", 0644);
    EXPECT_EQ(lines[1], "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @");
    EXPECT_EQ(lines[1].size(), lines[0].size());
    EXPECT_NE(lines[3].find("0644"), std::string::npos);
}

TEST(SessionPlan, AShellWantsATerminalIfThereIsOne)
{
    NoSources sources;
    auto configuration = configuration_of(sources, {});
    EXPECT_TRUE(plan_session(configuration, true)->wants_tty);
    auto plan = plan_session(configuration, false);
    EXPECT_FALSE(plan->wants_tty);
    EXPECT_TRUE(plan->tty_refused);
}

TEST(SessionPlan, ACommandWantsATerminalOnlyWhenTold)
{
    NoSources sources;
    EXPECT_FALSE(plan_session(configuration_of(sources, {}, "date"), true)->wants_tty);
    ClientOptions options;
    options.request_tty = RequestTty::force;
    EXPECT_TRUE(plan_session(configuration_of(sources, options, "date"), false)->wants_tty);
    options.request_tty = RequestTty::yes;
    options.session_type = SessionType::subsystem;
    EXPECT_TRUE(plan_session(configuration_of(sources, options, "date"), true)->wants_tty);
}

TEST(SessionPlan, RefusesContradictions)
{
    NoSources sources;
    ClientOptions options;
    options.remote_command = "uptime";
    EXPECT_FALSE(check_command(configuration_of(sources, options, "date")));
    EXPECT_TRUE(check_command(configuration_of(sources, options)));
    EXPECT_EQ(plan_session(configuration_of(sources, options), true)->command, "uptime");
    options.fork_after_authentication = true;
    EXPECT_TRUE(check_command(configuration_of(sources, options)));
    options.remote_command = "none";
    EXPECT_FALSE(check_command(configuration_of(sources, options)));
    options = {};
    options.session_type = SessionType::subsystem;
    EXPECT_FALSE(plan_session(configuration_of(sources, options), true));
}

TEST(SessionPlan, HasNoCommandWhereThereIsNoSession)
{
    NoSources sources;
    ClientOptions options;
    options.remote_command = "uptime";
    options.session_type = SessionType::none;
    options.fork_after_authentication = true;
    EXPECT_TRUE(check_command(configuration_of(sources, options)));
    auto plan = plan_session(configuration_of(sources, options), true);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->kind, SessionPlan::Kind::none);
    EXPECT_EQ(plan->command, "");
    EXPECT_FALSE(plan->wants_tty);
}

} // namespace
} // namespace nacre
