#include "config/server_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/fake_config_sources.h"

namespace nacre {
namespace {

constexpr auto path = "/etc/ssh/sshd_config";

class ServerConfigFile : public testing::Test {
protected:
    ServerConfigReading read(const std::string& text)
    {
        sources.add(path, text);
        return read_server_config(sources, path, options);
    }
    // The banner of a connection.
    std::string banner(const std::string& text, const std::string& test = "user=joe,addr=10.0.0.1,host=h")
    {
        auto reading = read(text);
        if (!reading.diagnostics.ok())
            return reading.diagnostics.errors.front();
        auto context = parse_connection_test(std::vector{test});
        auto resolved = reading.config.resolve(*context);
        return resolved ? resolved->banner : resolved.error().what;
    }

    test::FakeConfigSources sources;
    std::vector<std::string> options;
};

TEST_F(ServerConfigFile, FirstValueWinsAndOptionsAreFirst)
{
    options = {"MaxAuthTries=3", "Port 99"};
    auto reading = read("MaxAuthTries 4\nMaxSessions 2\nMaxSessions 3\nPort 100\nAllowUsers a b\nAllowUsers c@d\n");
    ASSERT_TRUE(reading.diagnostics.ok());
    auto& global = reading.config.global();
    EXPECT_EQ(global.max_auth_tries, 3u);
    EXPECT_EQ(global.max_sessions, 2u);
    EXPECT_EQ(global.port, (std::vector<std::uint16_t>{99, 100}));
    EXPECT_EQ(global.allow_users, (std::vector<std::string>{"a", "b", "c@d"}));
    EXPECT_EQ(reading.config.provenance().of("MaxSessions"), (std::vector<Origin>{{path, 2, "", "2"}}));
}

TEST_F(ServerConfigFile, PortsOfTheCommandLineStandAlone)
{
    sources.add(path, "Port 100\nListenAddress ::1\n");
    std::vector<std::string> ports{"98", "99"};
    options = {"Port=97", "MaxAuthTries=3"};
    auto reading = read_server_config(sources, path, options, ports);
    ASSERT_TRUE(reading.diagnostics.ok());
    EXPECT_EQ(reading.config.global().port, (std::vector<std::uint16_t>{98, 99}));
    EXPECT_EQ(reading.config.global().max_auth_tries, 3u);
    EXPECT_EQ(reading.config.provenance().of("Port").size(), 2u);
    EXPECT_EQ(reading.config.provenance().of("MaxAuthTries"), (std::vector<Origin>{{"command-line", 4, "", "3"}}));
    ports = {"none"};
    EXPECT_EQ(read_server_config(sources, path, options, ports).blame, ServerConfigReading::Blame::command_line);
}

TEST_F(ServerConfigFile, AMatchOverridesAndItsFirstValueWins)
{
    constexpr auto text = "Banner main\nMatch User joe\nBanner first\nMatch User j*\nBanner second\nMaxAuthTries 9\n";
    EXPECT_EQ(banner(text), "first");
    EXPECT_EQ(banner(text, "user=jim"), "second");
    EXPECT_EQ(banner(text, "user=root"), "main");
    EXPECT_EQ(banner(text, ""), "main");
    auto reading = read(text);
    EXPECT_EQ(reading.config.global().banner, "main");
    auto explained = reading.config.explain({.user = "joe"});
    EXPECT_EQ(explained->provenance.of("Banner"), (std::vector<Origin>{{path, 3, "Match User joe", "first"}}));
    EXPECT_EQ(explained->options.max_auth_tries, 9u);
}

TEST_F(ServerConfigFile, ListsOfAMatchReplaceTheMainOnes)
{
    auto reading = read("AllowUsers a\nSubsystem sftp main\nSubsystem x main\nMatch User joe\nAllowUsers b\n"
                        "Subsystem sftp \"/a b\" -l\nSubsystem sftp later\nMatch User j*\nAllowUsers c\n");
    auto resolved = reading.config.resolve({.user = "joe"});
    EXPECT_EQ(resolved->allow_users, (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(resolved->subsystem, (std::vector<Subsystem>{{"sftp", "\"/a b\" -l"}, {"x", "main"}}));
}

TEST_F(ServerConfigFile, MatchAllEndsABlock)
{
    auto reading = read("Match User joe\nBanner b\nMatch all\nPort 99\nBanner c\n");
    ASSERT_TRUE(reading.diagnostics.ok()) << reading.diagnostics.errors.front();
    EXPECT_EQ(reading.config.global().port, (std::vector<std::uint16_t>{99}));
    EXPECT_EQ(reading.config.global().banner, "c");
    EXPECT_EQ(reading.config.resolve({.user = "joe"})->banner, "b");
}

TEST_F(ServerConfigFile, MatchCriteria)
{
    ServerMatchContext context{.user = "joe",
                               .groups = {"users", "wheel"},
                               .host = "a.Example.org",
                               .address = "10.1.2.3",
                               .local_address = "::1",
                               .local_port = 22,
                               .rdomain = "blue",
                               .version = "Nacre_1"};
    auto holds = [&](const std::string& criteria) {
        auto reading = read("Match " + criteria + "\nBanner yes\n");
        EXPECT_TRUE(reading.diagnostics.ok()) << criteria << reading.diagnostics.errors.front();
        return reading.config.resolve(context)->banner == "yes";
    };
    for (auto criteria : {"all", "user joe", "User=root,j*", "user = joe", "group wheel", "group !root,*", "host *.example.ORG",
                          "address 10.0.0.0/8", "address 192.0.2.1,10.1.*", "localaddress ::1", "localport 22",
                          "rdomain b*", "version Nacre*", "user joe host a.* # comment"})
        EXPECT_TRUE(holds(criteria)) << criteria;
    for (auto criteria : {"user root", "user joe,!joe", "group root", "group *,!wheel", "host b", "address 11.0.0.0/8",
                          "address 10.0.0.0/8,!10.1.0.0/16", "address a.example.org", "localaddress 127.0.0.1",
                          "localport 23", "rdomain red", "version NONEXIST", "invalid-user", "user joe host b"})
        EXPECT_FALSE(holds(criteria)) << criteria;
    context = {};
    for (auto criteria : {"user *", "group *", "host *", "address 0.0.0.0/0,::/0,*", "localaddress *", "localport 22",
                          "rdomain *", "invalid-user"})
        EXPECT_FALSE(holds(criteria)) << criteria;
    context = {.user = "nobody", .user_exists = false};
    EXPECT_TRUE(holds("invalid-user"));
    for (auto criteria : {"", "foo", "!user joe", "user", "all user joe", "user joe all", "address 10.0.1.0/8",
                          "localaddress 10.0.0.1/24", "address 2000:aa:bb:01::/56", "localport x", "#"})
        EXPECT_FALSE(read(fmt::format("Match {}\n", criteria)).diagnostics.ok()) << criteria;
}

TEST_F(ServerConfigFile, SomeKeywordsAreForTheListenerOnly)
{
    auto reading = read("Match User joe\nPort 9\nX11Forwarding yes\n");
    EXPECT_EQ(reading.diagnostics.errors.front(),
              "/etc/ssh/sshd_config line 2: Directive 'Port' is not allowed within a Match block");
}

TEST_F(ServerConfigFile, ReportsEveryBadLineInMatchBlocksToo)
{
    auto reading = read("Foo bar\nMatch User joe\nMaxAuthTries x\nBanner\nCiphers a\nForceCommand 'a\nInclude\n");
    EXPECT_EQ(reading.diagnostics.errors,
              (std::vector<std::string>{
                  "/etc/ssh/sshd_config: line 1: Bad configuration option: Foo",
                  "/etc/ssh/sshd_config line 3: MaxAuthTries: \"x\" is not a number from 0 to 2147483647",
                  "/etc/ssh/sshd_config line 4: no argument after keyword \"Banner\"",
                  "/etc/ssh/sshd_config line 5: Directive 'Ciphers' is not allowed within a Match block",
                  "/etc/ssh/sshd_config line 6: invalid quotes",
                  "/etc/ssh/sshd_config line 7: no argument after keyword \"Include\"",
                  "/etc/ssh/sshd_config: terminating, 6 bad configuration options"}));
}

TEST_F(ServerConfigFile, NoLineIsLostBehindAFormFeed)
{
    sources.add("/etc/ssh/inc", "Banner b\n");
    for (auto text : {"\fMatch User joe\nBanner b\n", "\vMatch User joe\nBanner b\n", "\fInclude inc\n",
                      " \fInclude inc\n"})
        EXPECT_TRUE(read(text).diagnostics.errors.front().contains("line 1: Bad configuration option")) << text;
    EXPECT_EQ(banner("Banner a\f\n\f\nMatch User joe\f\nBanner b \f\n"), "b");
}

TEST_F(ServerConfigFile, CountsBadOptionsWhereThereAreSomeInTheFile)
{
    using Lines = std::vector<std::string>;
    EXPECT_EQ(read_server_config(sources, "/nowhere", {}).diagnostics.errors, Lines{"/nowhere: No such file or directory"});
    options = {"Foo=bar"};
    EXPECT_EQ(read_server_config(sources, "none", options).diagnostics.errors,
              Lines{"command line: Bad configuration option: Foo"});
}

TEST_F(ServerConfigFile, TellsMistakesOfTheCommandLineFromThoseOfTheFile)
{
    using Lines = std::vector<std::string>;
    sources.add("/mistaken", "Foo bar\n");
    options = {"Port=x", "Banner 'a"};
    auto reading = read_server_config(sources, "/mistaken", options);
    EXPECT_EQ(reading.diagnostics.errors,
              (Lines{"command line: Port: \"x\" is not a number from 1 to 65535", "command line: invalid quotes in: Banner 'a",
                     "/mistaken: line 1: Bad configuration option: Foo", "/mistaken: terminating, 1 bad configuration options"}));
    EXPECT_EQ(reading.blame, ServerConfigReading::Blame::command_line);
    EXPECT_EQ(read_server_config(sources, "/nowhere", {}).blame, ServerConfigReading::Blame::command_line) << "which named it";
    EXPECT_EQ(read_server_config(sources, "/mistaken", {}).blame, ServerConfigReading::Blame::files);
    EXPECT_EQ(read_server_config(sources, "none", {}).blame, ServerConfigReading::Blame::nobody);
}

TEST_F(ServerConfigFile, BlocksAndIncludesAreForFilesOnly)
{
    sources.add("/inc", "Banner b\n");
    for (auto option : {"Match=User joe", "match all", "Include /inc"}) {
        options = {option, "MaxAuthTries=3"};
        auto reading = read("Banner a\n");
        EXPECT_TRUE(reading.diagnostics.errors.front().ends_with("files only: write it into one and name that with -f"))
            << option;
        EXPECT_EQ(reading.blame, ServerConfigReading::Blame::command_line);
        EXPECT_EQ(reading.config.global().max_auth_tries, 3u);
    }
}

TEST(ConnectionTest, NeedsAValueBehindEachWord)
{
    for (auto* word : {"user", "host", "addr", "laddr", "lport", "rdomain"}) {
        auto context = parse_connection_test(std::vector<std::string>{word});
        ASSERT_FALSE(context) << word;
        EXPECT_TRUE(context.error().what.contains(std::string{word} + "=")) << context.error().what;
    }
    EXPECT_TRUE(parse_connection_test(std::vector<std::string>{"user=,invalid-user,"}));
}

TEST_F(ServerConfigFile, WarnsAboutWhatHasNoEffect)
{
    auto reading = read("KerberosGetAFSToken yes\nMatch User joe\nKerberosAuthentication yes\nGatewayPorts no\n"
                        "KerberosTicketCleanup yes\n");
    EXPECT_EQ(reading.diagnostics.warnings,
              (std::vector<std::string>{
                  "/etc/ssh/sshd_config line 1: Unsupported option \"KerberosGetAFSToken\" has no effect "
                  "(not supported: PAM with pam_afs_session fetches AFS tokens)",
                  "/etc/ssh/sshd_config line 3: Unsupported option \"KerberosAuthentication\" has no effect "
                  "(not supported: PAM with pam_krb5 checks passwords with Kerberos)"}));
}

TEST_F(ServerConfigFile, OldNamesAreUnderstood)
{
    auto reading = read("UsePrivilegeSeparation sandbox\nProtocol 2\nChallengeResponseAuthentication no\n"
                        "DSAAuthentication no\nServerKeyBits 768\nDebianBanner no\nSshdSessionPath /x\n");
    EXPECT_TRUE(reading.diagnostics.ok());
    EXPECT_FALSE(reading.config.global().kbd_interactive_authentication);
    EXPECT_FALSE(reading.config.global().pubkey_authentication);
    EXPECT_EQ(reading.diagnostics.notes.size(), 2u);
    reading = read("PAMAuthenticationViaKbdInt yes\nGSSAPICleanupCreds no\nGSSUseSessionCCache yes\n"
                   "GSSAPIUseSessionCredCache yes\nPermitBlacklistedKeys no\n");
    EXPECT_TRUE(reading.diagnostics.ok());
    EXPECT_FALSE(reading.config.global().gssapi_cleanup_credentials);
}

TEST_F(ServerConfigFile, ListenAddressesTimesPortsInAnyOrder)
{
    const std::vector<ListenPoint> expected{
        {"1.2.3.4", 1234, ""}, {"1.2.3.4", 5678, ""}, {"::1", 1234, ""}, {"::1", 5678, ""}};
    for (auto text : {"addressfamily any\nport 1234\nport 5678\nlistenaddress 1.2.3.4\nlistenaddress ::1\n",
                      "listenaddress 1.2.3.4\nport 1234\nport 5678\naddressfamily any\nlistenaddress ::1\n"}) {
        auto reading = read(text);
        EXPECT_EQ(addresses_to_listen_on(reading.config.global()), expected);
        EXPECT_TRUE(dump_server_options(reading.config.global())
                        .contains("listenaddress 1.2.3.4:1234\nlistenaddress 1.2.3.4:5678\n"
                                  "listenaddress [::1]:1234\nlistenaddress [::1]:5678\n"));
    }
    auto inet = read("AddressFamily inet\nListenAddress ::1\nListenAddress [1.2.3.4]:99\nListenAddress name\n");
    EXPECT_EQ(addresses_to_listen_on(inet.config.global()),
              (std::vector<ListenPoint>{{"1.2.3.4", 99, ""}, {"name", 22, ""}}));
    EXPECT_EQ(addresses_to_listen_on({}), (std::vector<ListenPoint>{{"::", 22, ""}, {"0.0.0.0", 22, ""}}));
}

TEST_F(ServerConfigFile, IncludesFilesWhereTheyStand)
{
    sources.add("/etc/ssh/sshd_config.d/a", "Match Host a\nBanner aa\n");
    sources.add("/etc/ssh/sshd_config.d/b", "Match Host b # comment\nBanner bb\nMatch Host c\n\tBanner cc\n");
    constexpr auto text = "Include sshd_config.d/*\nPort 99\nMatch Host m\nInclude /etc/ssh/sshd_config.d/b\n"
                          "Banner mm\nMatch Host *\nBanner star\n";
    EXPECT_EQ(banner(text, "host=a"), "aa");
    EXPECT_EQ(banner(text, "host=b"), "bb");
    EXPECT_EQ(banner(text, "host=c"), "cc");
    EXPECT_EQ(banner(text, "host=m"), "mm");
    EXPECT_EQ(banner(text, "host=x"), "star");
    // The file's last Match ends with it, and Port is not inside one.
    EXPECT_EQ(read(text).config.global().port, (std::vector<std::uint16_t>{99}));
}

TEST_F(ServerConfigFile, AnIncludeInsideABlockThatDoesNotMatchIsDead)
{
    sources.add("/etc/ssh/inc", "Banner direct\nMatch all\nBanner all\n");
    EXPECT_EQ(banner("Match Host m\nInclude inc\n", "host=x"), "");
    EXPECT_EQ(banner("Match Host m\nInclude inc\n", "host=m"), "direct");
    EXPECT_EQ(banner("Include inc\n", "host=x"), "all");
    EXPECT_EQ(read("Include inc\n").config.global().banner, "direct");
}

TEST_F(ServerConfigFile, IncludesAreBoundedAndJunkInThemIsAnError)
{
    sources.add("/etc/ssh/self", "Include self\n");
    sources.add("/etc/ssh/junk", "Junk x\n");
    EXPECT_FALSE(read("Include self\n").diagnostics.ok());
    EXPECT_FALSE(read("Match Host x\nInclude junk\n").diagnostics.ok());
    EXPECT_TRUE(read("Include missing\n").diagnostics.ok());
    EXPECT_FALSE(read_server_config(sources, "/missing", {}).diagnostics.ok());
}

TEST_F(ServerConfigFile, WhatWouldLockEverybodyOutOrLetSomebodyInIsAnError)
{
    for (auto text : {"AuthenticationMethods publickey\nPubkeyAuthentication no\n",
                      "AuthenticationMethods publickey,keyboard-interactive:bsdauth\nUsePAM yes\n",
                      "AuthenticationMethods publickey,password keyboard-interactive:pam\nPasswordAuthentication no\n"
                      "KbdInteractiveAuthentication no\n",
                      "AuthenticationMethods keyboard-interactive\nUsePAM no\n",
                      "DenyUsers *@10.0.0.1/8\n", "AllowUsers a@1.2.3.4/33\n", "AllowUsers @\n", "AcceptEnv A=b\n"})
        EXPECT_FALSE(read(text).diagnostics.ok()) << text;
    for (auto text : {"AuthenticationMethods publickey password\nPasswordAuthentication no\n",
                      "AuthenticationMethods keyboard-interactive:bsdauth publickey\n",
                      "AuthenticationMethods none\nPubkeyAuthentication no\n", "AuthenticationMethods any\n", "AcceptEnv LC_*\n",
                      "AllowUsers a b@10.0.0.0/8,!10.1.0.0/16 *@*.example.org\n"})
        EXPECT_TRUE(read(text).diagnostics.ok()) << text;
}

TEST_F(ServerConfigFile, OnlyYesOpensTheEnvironmentToEveryVariable)
{
    struct Row {
        const char* written;
        bool on;
        const char* names;
    };
    for (auto row : {Row{"yes", true, ""}, Row{"no", false, ""}, Row{"true", true, "true"}, Row{"YES", true, "YES"},
                     Row{"No", true, "No"}, Row{"LANG,LC_*", true, "LANG,LC_*"}}) {
        auto value = read(fmt::format("PermitUserEnvironment {}\n", row.written)).config.global().permit_user_environment;
        EXPECT_EQ(value, (UserEnvironment{row.on, row.names})) << row.written;
    }
}

TEST_F(ServerConfigFile, AConnectionThatIsDescribedHasAPortWhereAMatchAsksForIt)
{
    std::string told = "/etc/ssh/sshd_config line 1: 'Match LocalPort' in configuration but "
                       "'lport' not in connection test specification.";
    for (auto* line : {"Match LocalPort 22\nBanner x\n", "Match User a LocalPort 22\nBanner x\n"})
        for (auto* test : {"user=joe", "user=joe,lport=0", ","})
            EXPECT_EQ(banner(line, test), told) << line << test;
    EXPECT_EQ(banner("Match LocalPort 22\nBanner x\n", "lport=22"), "x");
    EXPECT_EQ(banner("Match LocalPort 22\nBanner x\n", "lport=23"), "");
    sources.add("/etc/ssh/inc", "Match LocalPort 22\nBanner x\n");
    EXPECT_EQ(banner("Match User a\nInclude inc\n", "user=joe"), "");
    for (auto* line : {"User x", "Group x", "Host x", "Address ::1", "LocalAddress ::1", "RDomain x"})
        EXPECT_EQ(banner(fmt::format("Match {}\nBanner x\n", line), ","), "") << line;
    // One that is real, and has none, is not asked.
    EXPECT_TRUE(read("Match LocalPort 22\nBanner x\n").config.resolve({.user = "joe"}));
}

TEST_F(ServerConfigFile, ConnectionTestsMayHaveCommasToSpare)
{
    auto context = parse_connection_test(std::vector<std::string>{",user=a,,addr=1.2.3.4,", ""});
    ASSERT_TRUE(context);
    EXPECT_EQ(context->user, "a");
    EXPECT_EQ(context->address, "1.2.3.4");
    EXPECT_FALSE(parse_connection_test(std::vector<std::string>{"colour=red"}));
}

TEST_F(ServerConfigFile, TravelsAsBytes)
{
    sources.add("/etc/ssh/inc", "Match User joe\nBanner joe\n");
    options = {"MaxAuthTries=3"};
    auto reading = read("Include inc\nBanner main\n");
    auto bytes = reading.config.serialise();
    auto copy = ServerConfig::deserialise(bytes);
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->serialise(), bytes);
    EXPECT_EQ(dump_server_options(copy->global()), dump_server_options(reading.config.global()));
    EXPECT_EQ(copy->global().max_auth_tries, 3u);
    EXPECT_EQ(copy->resolve({.user = "joe"})->banner, "joe");
    EXPECT_EQ(copy->explain({.user = "joe"})->provenance.of("Banner"),
              (std::vector<Origin>{{"/etc/ssh/inc", 2, "Match User joe", "joe"}}));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(ServerConfig::deserialise(Bytes{bytes}.first(size)));
}

TEST_F(ServerConfigFile, PathsAreThoseOfThePlaceAndPersonThatReadIt)
{
    sources.working_directory = "/work";
    options = {"HostKey=\"keys/a b\"", "PidFile=~/pid"};
    auto reading = read("Banner 'a # b'\nHostKeyAgent SSH_AUTH_SOCK\nModuliFile \"moduli\" # c\n"
                        "TrustedUserCAKeys none\nRevokedKeys ~root/a b\nAuthorizedKeysFile .ssh/keys ~/keys %h/keys\nChrootDirectory ~/a\n"
                        "Match User joe\nTrustedUserCAKeys ca\nAuthorizedPrincipalsFile ~joe/names\n");
    ASSERT_TRUE(reading.diagnostics.ok()) << reading.diagnostics.errors.front();
    sources.working_directory = "/elsewhere";
    auto copy = ServerConfig::deserialise(reading.config.serialise());
    ASSERT_TRUE(copy);
    for (auto* config : {&reading.config, &*copy}) {
        auto& global = config->global();
        EXPECT_EQ(global.host_key, (std::vector<std::string>{"/work/keys/a b"}));
        EXPECT_EQ(global.pid_file, "/home/joe/pid");
        EXPECT_EQ(global.banner, "/work/a # b");
        EXPECT_EQ(global.host_key_agent, "SSH_AUTH_SOCK");
        EXPECT_EQ(global.moduli_file, "/work/moduli");
        EXPECT_EQ(global.trusted_user_ca_keys, "");
        EXPECT_EQ(global.revoked_keys, (std::vector<std::string>{"/root/a", "/work/b"}));
        EXPECT_EQ(global.authorized_keys_file, (std::vector<std::string>{".ssh/keys", "/home/joe/keys", "%h/keys"}));
        EXPECT_EQ(global.chroot_directory, "~/a");
        auto joe = config->resolve({.user = "joe"});
        ASSERT_TRUE(joe);
        EXPECT_EQ(joe->trusted_user_ca_keys, "/work/ca");
        EXPECT_EQ(joe->authorized_principals_file, "/home/joe/names");
    }
    options.clear();
    EXPECT_EQ(read("Port 22\nBanner ~stranger/a\n").diagnostics.errors.front(),
              "/etc/ssh/sshd_config line 2: no home directory for \"stranger\"");
    EXPECT_FALSE(read("Banner \"\"\n").diagnostics.ok());
}

TEST_F(ServerConfigFile, ManyMatchBlocksAreNoProblem)
{
    std::string text = "Banner main\n";
    for (int i = 0; i < 10000; ++i)
        text += "Match version NONEXIST\n\tBanner other\n\tMaxAuthTries 5\n";
    EXPECT_EQ(banner(text), "main");
}

TEST_F(ServerConfigFile, TheDumpIsReadBackToTheSame)
{
    auto first = read("HostKey /a\nHostKey \"/b c\"\nAllowUsers a b\nAcceptEnv X Y\nSetEnv \"A=b c\" D=e\n"
                      "Subsystem sftp '/a b' -l 3\nForceCommand a  b # c\nPermitListen 80\nRekeyLimit 1G 1h\n"
                      "VersionAddendum a b\nMaxStartups 10\nPerSourcePenalties no\nListenAddress [::1]:99\n"
                      "AuthorizedKeysFile none\nPidFile none\nKexAlgorithms +diffie-hellman-group14-sha256\n");
    ASSERT_TRUE(first.diagnostics.ok()) << first.diagnostics.errors.front();
    auto dump = dump_server_options(first.config.global());
    auto second = read(dump);
    ASSERT_TRUE(second.diagnostics.ok()) << second.diagnostics.errors.front();
    EXPECT_EQ(dump_server_options(second.config.global()), dump);
}

TEST_F(ServerConfigFile, CommandsNeedTheirUser)
{
    EXPECT_FALSE(read("AuthorizedKeysCommand /bin/x %u\n").diagnostics.ok());
    EXPECT_TRUE(read("AuthorizedKeysCommand /bin/x %u\nAuthorizedKeysCommandUser nobody\n").diagnostics.ok());
}

TEST_F(ServerConfigFile, DebiansFileIsReadWithoutAWord)
{
    std::stringstream text;
    text << std::ifstream{NACRE_SOURCE_DIR "/tests/configurations/debian-12-sshd_config"}.rdbuf();
    auto reading = read(text.str());
    EXPECT_TRUE(reading.diagnostics.ok());
    EXPECT_TRUE(reading.diagnostics.warnings.empty()) << reading.diagnostics.warnings.front();
    auto& global = reading.config.global();
    EXPECT_TRUE(global.use_pam);
    EXPECT_FALSE(global.kbd_interactive_authentication);
    EXPECT_EQ(global.subsystem, (std::vector<Subsystem>{{"sftp", "/usr/lib/openssh/sftp-server"}}));
}

TEST(ConnectionTest, IsReadFromItsOption)
{
    auto context = parse_connection_test(std::vector<std::string>{"user=a,addr=::1,host=h,laddr=1.2.3.4", "lport=22,rdomain=x"});
    ASSERT_TRUE(context);
    EXPECT_EQ(context->user, "a");
    EXPECT_EQ(context->local_port, 22);
    EXPECT_EQ(context->rdomain, "x");
    EXPECT_FALSE(parse_connection_test(std::vector<std::string>{"user=a,invalid-user"})->user_exists);
    for (auto text : {"foo=bar", "foo", "lport=x", "lport=65536"})
        EXPECT_FALSE(parse_connection_test(std::vector<std::string>{text})) << text;
}

} // namespace
} // namespace nacre
