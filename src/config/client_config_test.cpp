#include "config/client_config.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "config/client_keywords.h"
#include "support/fake_config_sources.h"

namespace nacre {
namespace {

constexpr auto user_file = "/home/joe/.ssh/config";

class ClientConfig : public testing::Test {
protected:
    ClientConfigReader& read(const std::string& text, std::string host = "a.example.org")
    {
        sources.add(user_file, text);
        situation.host = std::move(host);
        reader = std::make_unique<ClientConfigReader>(sources, situation);
        for (auto& option : options)
            reader->option(option);
        reader->read_files(std::nullopt);
        return *reader;
    }
    std::uint16_t port_of(const std::string& text, std::string host = "a.example.org")
    {
        auto& result = read(text, std::move(host));
        EXPECT_TRUE(result.diagnostics().ok()) << result.diagnostics().errors.front();
        return result.options().port;
    }

    test::FakeConfigSources sources;
    ClientSituation situation{"", "", "joe", "box.example.org", "/home/joe", 1000, "Nacre_1", false};
    std::vector<std::string> options;
    std::unique_ptr<ClientConfigReader> reader;
};

TEST_F(ClientConfig, FirstValueWinsAndTheCommandLineIsFirst)
{
    sources.add("/etc/ssh/ssh_config", "Port 1\nUser system\nCompression yes\n");
    options = {"Port=3", "port 4"};
    auto& result = read("Port 2\nUser joe2\nUser joe3\n");
    EXPECT_EQ(result.options().port, 3);
    EXPECT_EQ(result.options().user, "joe2");
    EXPECT_TRUE(result.options().compression);
    EXPECT_EQ(result.provenance().of("Port"), (std::vector<Origin>{{"command-line", 0, "", "3"}}));
    EXPECT_EQ(result.provenance().of("Compression"), (std::vector<Origin>{{"/etc/ssh/ssh_config", 3, "", "yes"}}));
    EXPECT_FALSE(result.provenance().is_set("Ciphers"));
}

// As with OpenSSH.
TEST_F(ClientConfig, CaseCountsInHostAndNotInMatch)
{
    EXPECT_EQ(port_of("Host A.EXAMPLE.org\nPort 9\n"), 22);
    EXPECT_EQ(port_of("Host A.EXAMPLE.org\nPort 9\n", "A.EXAMPLE.org"), 9);
    EXPECT_EQ(port_of("Match host A.EXAMPLE.org\nPort 9\n"), 9);
    EXPECT_EQ(port_of("Match host a.example.org\nPort 9\n", "A.EXAMPLE.org"), 9);
    EXPECT_EQ(port_of("Match originalhost A.EXAMPLE.org\nPort 9\n", "a.example.org"), 9);
    EXPECT_EQ(port_of("Match originalhost A.EXAMPLE.org\nPort 9\n", "A.EXAMPLE.org"), 9);
    EXPECT_EQ(port_of("Match !host A.*\nPort 9\n"), 22);
    EXPECT_EQ(with_defaults(read("", "A.Example").options(), situation).host_name, "a.example");
}

TEST_F(ClientConfig, BatchesNoticeThatAServerIsGone)
{
    auto interval = [&](const std::string& text) {
        auto& result = read(text);
        return with_defaults(result.options(), situation, result.provenance()).server_alive_interval.count();
    };
    EXPECT_EQ(interval(""), 0);
    EXPECT_EQ(interval("BatchMode yes\n"), 300);
    EXPECT_EQ(interval("BatchMode yes\nServerAliveInterval 0\n"), 0);
    EXPECT_EQ(interval("BatchMode yes\nServerAliveInterval 7\n"), 7);
}

TEST_F(ClientConfig, HostKeysAreLearntByDefaultOnlyIntoTheUsualFiles)
{
    auto update = [&](const std::string& text) {
        auto& result = read(text);
        return with_defaults(result.options(), situation, result.provenance()).update_host_keys;
    };
    EXPECT_EQ(update(""), YesNoAsk::yes);
    EXPECT_EQ(update("UserKnownHostsFile ~/.ssh/known_hosts\n"), YesNoAsk::yes);
    EXPECT_EQ(update("UserKnownHostsFile ~/.ssh/other\n"), YesNoAsk::no);
    EXPECT_EQ(update("VerifyHostKeyDNS ask\n"), YesNoAsk::no);
    EXPECT_EQ(update("UserKnownHostsFile /x\nUpdateHostKeys ask\n"), YesNoAsk::ask);
}

TEST_F(ClientConfig, ADumpShowsWhatIsKnownBeforeTheConnection)
{
    sources.variables["X"] = "value";
    auto& result = read("ControlPath ~/%h-%p-${X}\nIdentityAgent %d/a\nLocalForward /%n /%r\nRemoteCommand do %u ${X}\n"
                        "UserKnownHostsFile ~/%k\nProxyCommand nc %h\n");
    auto shown = expanded(with_defaults(result.options(), situation), situation, sources);
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->control_path, "/home/joe/a.example.org-22-value");
    EXPECT_EQ(shown->identity_agent, "/home/joe/a");
    EXPECT_EQ(shown->local_forward[0].listen.path, "/a.example.org");
    EXPECT_EQ(shown->local_forward[0].connect->path, "/joe");
    EXPECT_EQ(shown->remote_command, "do joe ${X}");
    EXPECT_EQ(shown->user_known_hosts_file[0], "/home/joe/a.example.org");
    EXPECT_EQ(shown->proxy_command, "nc %h");
    EXPECT_FALSE(expanded(read("ControlPath ${UNSET}\n").options(), situation, sources));
}

TEST_F(ClientConfig, AFilesUserAndVariablesAreExpandedOnceAndATypedUserNever)
{
    sources.variables["X"] = "value";
    sources.variables["BAD"] = "a;b";
    auto of = [&](const std::string& text, UserIs user = UserIs::configured) -> Result<std::string> {
        auto made = with_defaults(read(text).options(), situation);
        TRY(expand_names(made, situation, sources, user));
        return made.user + "|" + (made.set_env.empty() ? "" : made.set_env[0].value);
    };
    EXPECT_EQ(of("User %n-${X}\nSetEnv A=%r-%p-${X}\n").value(), "a.example.org-value|a.example.org-value-22-value");
    EXPECT_EQ(of("User %n\n", UserIs::typed).value(), "%n|");
    EXPECT_EQ(of("").value(), "joe|");
    for (auto text : {"User %r\n", "User ${UNSET}\n", "User ${BAD}\n", "SetEnv A=${UNSET}\n", "SetEnv A=%T\n"})
        EXPECT_FALSE(of(text)) << text;
}

TEST_F(ClientConfig, HostBlocksApplyToMatchingNames)
{
    EXPECT_EQ(port_of("Host *.example.org !b*\nPort 9\n"), 9);
    EXPECT_EQ(port_of("Host *.example.org !b*\nPort 9\n", "b.example.org"), 22);
    EXPECT_EQ(port_of("Host !b*\nPort 9\n"), 22);
    EXPECT_EQ(port_of("Host x\nPort 8\nHost a.*\nPort 9\n"), 9);
    EXPECT_EQ(port_of("Host=a.example.org # me\nPort 9\n"), 9);
    auto origins = reader->provenance().of("Port");
    EXPECT_EQ(origins, (std::vector<Origin>{{user_file, 2, "Host a.example.org # me", "9"}}));
}

TEST_F(ClientConfig, ListsAddUp)
{
    auto& result = read("IdentityFile a\nHost a.*\nIdentityFile b\nIdentityFile a\nHost x\nIdentityFile c\n"
                        "Host *\nSendEnv A B\nSendEnv -A\nSetEnv X=1 X=2\nSetEnv Y=3\n");
    EXPECT_EQ(result.options().identity_file, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(result.options().send_env, (std::vector<std::string>{"B"}));
    EXPECT_EQ(result.options().set_env, (std::vector<Variable>{{"X", "1"}}));
}

TEST_F(ClientConfig, OneOfProxyJumpAndProxyCommandWins)
{
    auto& jump = read("ProxyJump b\nProxyCommand nc %h\n").options();
    EXPECT_EQ(jump.proxy_jump + "|" + jump.proxy_command, "b|");
    auto& none = read("ProxyCommand none\nProxyJump b\n").options();
    EXPECT_EQ(none.proxy_jump + "|" + none.proxy_command, "|");
}

TEST_F(ClientConfig, ShellCharactersInAJumpAreForFilesOnly)
{
    EXPECT_TRUE(read("ProxyJump $(x)@b\n").diagnostics().ok());
    options = {"ProxyJump=$(x)@b"};
    EXPECT_FALSE(read("").diagnostics().ok());
}

TEST_F(ClientConfig, ReportsEveryBadLine)
{
    auto& result = read("Foo 1\nPort x\nHost other\nCiphers nonsense\nPort\nUser \"joe\nInclude\nMatch\n");
    auto& errors = result.diagnostics().errors;
    ASSERT_EQ(errors.size(), 8u);
    EXPECT_EQ(errors[0], "/home/joe/.ssh/config: line 1: Bad configuration option: Foo");
    EXPECT_TRUE(errors[1].starts_with("/home/joe/.ssh/config line 2: Port: ")) << errors[1];
    EXPECT_EQ(errors[4], "/home/joe/.ssh/config line 6: invalid quotes");
    EXPECT_EQ(errors[7], "/home/joe/.ssh/config: terminating, 7 bad configuration options");
}

TEST_F(ClientConfig, BlocksAndIncludesAreForFilesOnly)
{
    sources.add("/inc", "User x\n");
    for (auto option : {"Match=host other", "Match all", "Host=other", "Include=/inc"}) {
        options = {option, "Port=9"};
        auto& result = read("");
        ASSERT_EQ(result.diagnostics().errors.size(), 1u) << option;
        EXPECT_TRUE(result.diagnostics().errors[0].ends_with("files only: write it into one and name that with -F"));
        EXPECT_TRUE(result.options().user.empty());
    }
}

TEST_F(ClientConfig, OldAndUnknownNames)
{
    auto& result = read("IgnoreUnknown foo*,bar\nFoobar 1\nBAR 2\nChallengeResponseAuthentication no\nProtocol 1\n"
                        "UseRoaming no\nRSAAuthentication no\nForwardAgent no\nGSSAPIKeyExchange yes\n");
    EXPECT_TRUE(result.diagnostics().ok());
    EXPECT_FALSE(result.options().kbd_interactive_authentication);
    EXPECT_EQ(result.diagnostics().warnings,
              (std::vector<std::string>{
                  "/home/joe/.ssh/config line 7: Unsupported option \"RSAAuthentication\"",
                  "/home/joe/.ssh/config line 9: Unsupported option \"GSSAPIKeyExchange\" has no effect (not supported: the "
                  "server is known by its host key, the login may be by Kerberos all the same)"}));
    ASSERT_EQ(result.diagnostics().notes.size(), 4u);
    EXPECT_EQ(result.diagnostics().notes[0], "Reading configuration data /home/joe/.ssh/config");
}

TEST_F(ClientConfig, KeywordsThatAreNotObeyedYetSaySo)
{
    for (auto& row : client_keywords().rows) {
        if (row.support != Support::later)
            continue;
        bool told = false;
        for (auto value : {"yes", "no", "/x", "7", "a:1", "7 a:1", "ask", "session=7"})
            for (auto& warning : read(fmt::format("{} {}\n", row.name, value)).diagnostics().warnings)
                told = told || warning.ends_with(fmt::format("keyword {} is not supported yet and has no effect", row.name));
        EXPECT_TRUE(told) << row.name;
    }
}

TEST_F(ClientConfig, ValuesThatAddUpHaveABound)
{
    for (std::string keyword : {"IdentityFile ~/{0}", "SendEnv V{0}", "LocalForward /s{0} /t"}) {
        std::string text;
        for (int i = 0; i < 20'000; ++i)
            text += fmt::format(fmt::runtime(keyword), i) + "\n";
        EXPECT_FALSE(read(text).diagnostics().ok()) << keyword;
    }
}

TEST_F(ClientConfig, ManyBlocksTakeTimeByTheirNumberOnly)
{
    std::string text;
    for (int i = 0; i < 20'000; ++i)
        text += fmt::format("Host h{0}\nIdentityFile ~/{0}\nLocalForward {1} a:{1}\n", i, 1 + i % 60'000);
    auto& result = read(text, "h19999");
    EXPECT_TRUE(result.diagnostics().ok());
    EXPECT_EQ(result.options().identity_file, (std::vector<std::string>{"~/19999"}));
}

TEST_F(ClientConfig, MatchCriteria)
{
    situation.command = "git-upload-pack x";
    sources.addresses = {*parse_address("10.1.2.3"), *parse_address("fe80::1%eth0")};
    options = {"User=root", "Tag=work"};
    for (auto criteria : {"all", "host *.example.org", "host=a.example.org", "host = a.example.org", "Host x,A.*",
                          "originalhost a.*", "user root", "localuser joe", "user=root localuser=joe", "tagged work",
                          "!user joe", "!final", "!canonical", "command git*", "sessiontype exec", "version Nacre*",
                          "localnetwork 10.0.0.0/8", "localnetwork ::1,fe80::/10", "!localnetwork 192.0.2.0/24",
                          "user root # comment", "host \"a.example.org\""})
        EXPECT_EQ(port_of(std::string{"Match "} + criteria + "\nPort 9\n"), 9) << criteria;
    for (auto criteria : {"!all", "host b", "user joe", "user root host b", "final", "canonical", "canonical all",
                          "tagged x", "tagged \"\"", "localuser !joe,*", "sessiontype shell", "version OpenSSH*",
                          "localnetwork 192.0.2.0/24"})
        EXPECT_EQ(port_of(std::string{"Match "} + criteria + "\nPort 9\n"), 22) << criteria;
    for (auto criteria : {"", "foo", "foo bar", "host", "host a all", "all host a", "final user root all",
                          "localnetwork 10.0.0.1/8", "localnetwork 10.*", "user root junk", "#",
                          "host nope localnetwork 10.0.0.1/8", "host nope exec \"%X\"", "host nope exec %"})
        EXPECT_FALSE(read(std::string{"Match "} + criteria + "\n").diagnostics().ok()) << criteria;
}

TEST_F(ClientConfig, AnEmptyArgumentOfMatchMeansThatNoCommandOrTagWasGiven)
{
    auto holds = [&](std::string criteria) { return port_of("Match " + std::move(criteria) + "\nPort 9\n") == 9; };
    for (std::string name : {"command", "tagged"}) {
        EXPECT_TRUE(holds(name + " \"\"")) << name;
        EXPECT_FALSE(holds(name + " *")) << name;
        EXPECT_TRUE(holds("!" + name + " *")) << name;
    }
    situation.command = "uptime";
    options = {"Tag=work"};
    for (std::string name : {"command", "tagged"}) {
        EXPECT_FALSE(holds(name + " \"\"")) << name;
        EXPECT_TRUE(holds(name + " *")) << name;
    }
    situation.command.clear();
    EXPECT_FALSE(port_of("RemoteCommand uptime\nMatch command \"\"\nPort 9\n") == 9) << "it is run as well";
}

TEST_F(ClientConfig, MatchHostSeesTheRealNameAndUser)
{
    EXPECT_EQ(port_of("HostName real-%h\nUser bob\nMatch host real-a.* originalhost a.* user bob\nPort 9\n"), 9);
}

TEST_F(ClientConfig, MatchExecRunsOnlyWhenNeeded)
{
    sources.verdicts = {{"test a.example.org 22 joe", true}};
    constexpr auto match = "Match host a.* exec \"test %h %p %r\"\nPort 9\n";
    EXPECT_EQ(port_of(match), 9);
    EXPECT_EQ(port_of(match, "b"), 22);
    EXPECT_EQ(port_of("Match exec \"false %%\"\nPort 9\n"), 22);
    EXPECT_EQ(sources.commands_run, (std::vector<std::string>{"test a.example.org 22 joe", "false %"}));
    EXPECT_FALSE(read("Match exec \"%X\"\n").diagnostics().ok());
}

TEST_F(ClientConfig, TheFinalPassSeesMoreAndKeepsWhatIsSet)
{
    constexpr auto text = "User joe2\nIdentityFile a\nMatch final host real\nUser x\nPort 9\nIdentityFile b\n";
    read(text);
    EXPECT_TRUE(reader->wants_final_pass());
    EXPECT_EQ(reader->options().port, 22);
    reader->final_pass("real");
    EXPECT_EQ(reader->options().port, 9);
    EXPECT_EQ(reader->options().user, "joe2");
    EXPECT_EQ(reader->options().identity_file, (std::vector<std::string>{"a", "b"}));
    read("Port 1\n");
    EXPECT_FALSE(reader->wants_final_pass());
    read("CanonicalizeHostname yes\n");
    EXPECT_TRUE(reader->wants_final_pass());
}

TEST_F(ClientConfig, TheFinalPassKnowsTheWholeNameAndNoOther)
{
    auto second_look = [&](const char* text, const char* host) {
        read(text);
        reader->final_pass(host);
        return reader->options().port;
    };
    EXPECT_EQ(second_look("HostName %h.org\nMatch final host a.example.org.org\nPort 7\n", "a.example.org.org"), 7);
    EXPECT_EQ(second_look("HostName foo\nMatch canonical host foo.org\nPort 7\n", "foo.org"), 7);
    EXPECT_EQ(second_look("Match final all\nHostName late\nMatch host late\nPort 7\n", "a.example.org"), 22);
    EXPECT_EQ(second_look("Match final host fe80::1%lo\nPort 7\n", "fe80::1%lo"), 7);
}

TEST_F(ClientConfig, IncludesFilesWhereTheyStand)
{
    sources.variables["NAME"] = "inc";
    sources.add("/home/joe/.ssh/inc1", "Host b\nPort 8\nHost *\nUser inc1\n");
    sources.add("/home/joe/.ssh/inc2", "Port 9\n");
    EXPECT_EQ(port_of("Include ${NAME}1 missing ~/.ssh/i*2 # comment\nUser last\n"), 9);
    EXPECT_EQ(reader->options().user, "inc1");
    // Inside a block that does not match nothing counts, whatever the file says.
    EXPECT_EQ(port_of("Host b\nInclude inc*\n"), 22);
    EXPECT_TRUE(reader->options().user.empty());
    // What the file does with Host ends with it.
    sources.add("/home/joe/.ssh/inc3", "Host nobody\n");
    EXPECT_EQ(port_of("Include inc3\nPort 7\n"), 7);
    sources.add("/home/joe/.ssh/at-a.example.org", "Port 6\n");
    EXPECT_EQ(port_of("Include at-%h\n"), 6);
}

TEST_F(ClientConfig, AFolderThatIsIncludedIsPassedOver)
{
    sources.add("/home/joe/.ssh/folder", "");
    sources.unreadable.emplace("/home/joe/.ssh/folder", Error{ErrorKind::system, "is a directory", {}, EISDIR});
    auto& result = read("Include folder\nPort 7\n");
    EXPECT_TRUE(result.diagnostics().ok());
    EXPECT_EQ(result.diagnostics().warnings.size(), 1u);
    EXPECT_EQ(result.options().port, 7);
}

TEST_F(ClientConfig, JunkInAnIncludedFileIsAnErrorForEveryHost)
{
    sources.add("/home/joe/.ssh/inc", "Junk\n");
    EXPECT_FALSE(read("Host b\nInclude inc\n").diagnostics().ok());
    EXPECT_FALSE(read("Match exec x\nInclude inc\n").diagnostics().ok());
}

TEST_F(ClientConfig, IncludesAreBounded)
{
    sources.add("/home/joe/.ssh/self", "Include self\nInclude self\n");
    EXPECT_FALSE(read("Include self\n").diagnostics().ok());
    for (int i = 0; i < 20; ++i)
        sources.add("/home/joe/.ssh/deep" + std::to_string(i) + ".", "Include deep" + std::to_string(i + 1) + ".\n");
    EXPECT_FALSE(read("Include deep0.\n").diagnostics().ok());
    EXPECT_TRUE(read("Include deep10.\n").diagnostics().ok());
    // Two files per level: a tree that nobody could read to its end.
    for (char level = 'a'; level < 'o'; ++level)
        for (auto name : {"1", "2"})
            sources.add(std::string{"/home/joe/.ssh/tree-"} + level + name,
                        std::string{"Include tree-"} + static_cast<char>(level + 1) + "*\n");
    EXPECT_FALSE(read("Include tree-a*\n").diagnostics().ok());
}

TEST_F(ClientConfig, FilesThatOthersMayWriteAreRefused)
{
    read("Port 9\n");
    for (auto [owner, mode, fine] : std::initializer_list<std::tuple<std::uint32_t, std::uint32_t, bool>>{
             {1000, 0644, true}, {0, 0644, true}, {1001, 0644, false}, {1000, 0664, false}, {1000, 0646, false}}) {
        sources.files[user_file] = {"Port 9\n", owner, mode};
        ClientConfigReader again{sources, situation};
        again.read_files(std::nullopt);
        EXPECT_EQ(again.diagnostics().ok(), fine) << owner << " " << mode;
        EXPECT_EQ(again.options().port, fine ? 9 : 22);
        ClientConfigReader named{sources, situation};
        named.read_files(user_file);
        EXPECT_TRUE(named.diagnostics().ok());
    }
}

TEST_F(ClientConfig, AUsualFileThatCannotBeReadIsAWarning)
{
    constexpr auto system_file = "/etc/ssh/ssh_config";
    sources.unreadable[system_file] = system_failure("Permission denied").error();
    auto& result = read("Port 9\nMatch final\nUser x\n");
    reader->final_pass("a");
    EXPECT_TRUE(result.diagnostics().ok());
    EXPECT_EQ(result.options().port, 9);
    EXPECT_EQ(result.diagnostics().warnings,
              std::vector<std::string>{"/etc/ssh/ssh_config: Permission denied; this file was not read, and what it "
                                       "says does not count"});
    // What was asked for must be there, and a file with something wrong in it is no file that cannot be read.
    ClientConfigReader named{sources, situation};
    named.read_files(system_file);
    EXPECT_FALSE(named.diagnostics().ok());
    sources.add(system_file, "");
    EXPECT_FALSE(read("Include /etc/ssh/ssh_config\n").diagnostics().ok());
    sources.unreadable[system_file] = bad_input("larger than 16777216 bytes").error();
    EXPECT_FALSE(read("").diagnostics().ok());
}

TEST_F(ClientConfig, ANamedFileMustExistAndNoneIsNoFile)
{
    ClientConfigReader missing{sources, situation};
    missing.read_files("/nowhere");
    EXPECT_FALSE(missing.diagnostics().ok());
    EXPECT_EQ(missing.diagnostics().error_count, 1U) << "no count of bad options in a file that is not there";
    sources.add(user_file, "Junk\n");
    ClientConfigReader none{sources, situation};
    none.read_files("none");
    EXPECT_TRUE(none.diagnostics().ok());
}

TEST_F(ClientConfig, FlagsAreTakenAsTheyAre)
{
    ClientConfigReader flags{sources, situation};
    flags.set("User", "joe # \"x");
    EXPECT_EQ(flags.options().user, "joe # \"x");
}

TEST_F(ClientConfig, TheDumpIsReadBackToTheSame)
{
    auto& first = read("User joe2\nLocalForward 8080 [::1]:80\nSetEnv \"A=b c\" D=e\nSendEnv X Y\nIPQoS af21 cs1\n"
                       "IdentityFile \"a b\"\nProxyCommand nc \"%h\" %p # x\nControlPersist 10m\nCiphers -aes128*\n");
    ASSERT_TRUE(first.diagnostics().ok());
    auto dump = dump_client_options(with_defaults(first.options(), situation), "a.example.org");
    EXPECT_TRUE(dump.starts_with("host a.example.org\n"));
    auto& second = read(dump);
    ASSERT_TRUE(second.diagnostics().ok()) << second.diagnostics().errors.front();
    EXPECT_EQ(dump_client_options(with_defaults(second.options(), situation), "a.example.org"), dump);
}

TEST_F(ClientConfig, DebiansFileIsReadWithoutAWord)
{
    std::stringstream text;
    text << std::ifstream{NACRE_SOURCE_DIR "/tests/configurations/debian-12-ssh_config"}.rdbuf();
    ASSERT_FALSE(text.str().empty());
    sources.add("/etc/ssh/ssh_config", text.str());
    auto& result = read("");
    EXPECT_TRUE(result.diagnostics().ok());
    EXPECT_TRUE(result.diagnostics().warnings.empty());
    EXPECT_TRUE(result.options().hash_known_hosts);
    EXPECT_EQ(result.options().send_env, (std::vector<std::string>{"LANG", "LC_*"}));
}

TEST_F(ClientConfig, TheConnectionsHashIsOfItsFourNames)
{
    // printf %s box.example.orga.example.org22joe | sha1sum
    situation.host = "a.example.org";
    auto values = client_tokens(ClientOptions{}, situation, "a.example.org");
    EXPECT_EQ(*values.find('C'), "db083c580ccbc6c29b73507e48cb862e1fd953b6");
    EXPECT_EQ(*values.find('L'), "box");
    EXPECT_EQ(*values.find('k'), "a.example.org");
}

} // namespace
} // namespace nacre
