// Promises about every row of both keyword tables.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "config/client_keywords.h"
#include "config/lexer.h"
#include "config/server_keywords.h"
#include "config/spelling.h"

namespace nacre {
namespace {

// Values other than the default for keywords to which "7", "yes", "no" or "/x" do not speak.
const std::map<std::string, std::string, std::less<>> examples{
    {"AddKeysToAgent", "confirm 300"},
    {"AddressFamily", "inet6"},
    {"AuthenticationMethods", "publickey,password publickey,keyboard-interactive:pam"},
    {"CanonicalizePermittedCNAMEs", "*.a.org:*.b.org c:d"},
    {"CASignatureAlgorithms", "ssh-ed25519"},
    {"ChannelTimeout", "session:shell=5 x11-connection=60"},
    {"Ciphers", "aes256-ctr,aes128-ctr"},
    {"ControlMaster", "autoask"},
    {"EscapeChar", "^B"},
    {"FingerprintHash", "MD5"},
    {"HostbasedAcceptedAlgorithms", "ssh-ed25519"},
    {"HostKeyAlgorithms", "ssh-ed25519"},
    {"IPQoS", "af21 0x3f"},
    {"KexAlgorithms", "curve25519-sha256"},
    {"ListenAddress", "[::1]:99"},
    {"LocalForward", "[::1]:8080 [host]:80"},
    {"LogFormat", "json"},
    {"LogLevel", "VERBOSE"},
    {"MACs", "hmac-sha2-256"},
    {"MaxStartups", "5:30:60"},
    {"PermitListen", "*:80 localhost:9 [::1]:*"},
    {"PermitOpen", "host:80 [::1]:*"},
    {"PermitRemoteOpen", "none"},
    {"PermitRootLogin", "forced-commands-only"},
    {"PermitTunnel", "ethernet"},
    {"PermitUserEnvironment", "LANG,LC_*"},
    {"PerSourceNetBlockSize", "24:64"},
    {"PerSourcePenalties",
     "crash:1.500000 authfail:5.000000 noauth:1.000000 invaliduser:5.000000 grace-exceeded:10.000000 "
     "refuseconnection:10.000000 max:600.000000 min:15.000000 max-sources4:65536 max-sources6:65536 "
     "overflow:deny-all overflow6:permissive"},
    {"PerSourcePenaltyExemptList", "10.0.0.0/8,!10.0.0.1"},
    {"ProxyJump", "u@a:22,[::1]:99"},
    {"PubkeyAcceptedAlgorithms", "ssh-ed25519"},
    {"PubkeyAuthentication", "no"},
    {"PubkeyAuthOptions", "touch-required verify-required"},
    {"RekeyLimit", "1073741824 3600"},
    {"SessionType", "none"},
    {"SetEnv", "A=b \"C=d e\""},
    {"StrictHostKeyChecking", "accept-new"},
    {"Subsystem", "sftp \"/a b/c\" -l 3"},
    {"SyslogFacility", "LOCAL3"},
    {"Tunnel", "ethernet"},
    {"TunnelDevice", "1:any"},
    {"VerifyHostKeyDNS", "ask"},
    {"WarnWeakCrypto", "no-pq-kex"},
};

template <class Options>
void ours_are_printed_where_they_were_set(const KeywordTable<Options>& table)
{
    auto printed = print_all(table, Options{});
    for (auto& row : table.rows)
        EXPECT_FALSE(row.support == Support::ours && printed.contains(to_lower(row.name))) << row.name;
}

TEST(Keywords, WhatOpenSshDoesNotKnowIsPrintedOnlyWhereItWasSet)
{
    ours_are_printed_where_they_were_set(client_keywords());
    ours_are_printed_where_they_were_set(server_keywords());
    ClientOptions options;
    options.certificates_without_principals = true;
    EXPECT_TRUE(print_all(client_keywords(), options).contains("allowcertificateswithoutprincipals yes\n"));
}

template <class Options>
Result<void> set(const Keyword<Options>& row, Options& options, std::string_view value)
{
    auto line = fmt::format("{} {}", row.name, value);
    auto lexed = TRY(lex_line(line));
    Arguments arguments{lexed.words, std::string{lexed.rest}};
    TRY(row.parse(options, arguments));
    if (!arguments.at_end())
        return bad_input("words are left");
    return {};
}

template <class Options>
std::string print(const Keyword<Options>& row, const Options& options)
{
    std::string out;
    Lines lines{out, row.name};
    row.print(options, lines);
    return out;
}

// Options in which the row differs from the default.
template <class Options>
std::optional<Options> changed(const Keyword<Options>& row)
{
    if (auto example = examples.find(row.name); example != examples.end()) {
        Options options;
        if (!set(row, options, example->second) || row.same(options, Options{}))
            return std::nullopt;
        return options;
    }
    for (auto value : {"/x", "7", "yes", "no", "ask", "none"}) {
        Options options;
        if (set(row, options, value) && !row.same(options, Options{}))
            return options;
    }
    return std::nullopt;
}

template <class Options>
void each_row_keeps_its_promises(const KeywordTable<Options>& table)
{
    for (auto& row : table.rows) {
        SCOPED_TRACE(row.name);
        EXPECT_FALSE(row.description.empty());
        EXPECT_EQ(table.find(to_lower(row.name)), &row);
        if (!row.parse)
            continue;
        auto options = changed(row);
        ASSERT_TRUE(options) << "no value other than the default is known";
        for (auto& original : {*options, Options{}}) {
            if (!row.print)
                continue;
            Options again;
            for_each_line(print(row, original), [&](std::size_t, std::string_view line) {
                auto value = line.substr(row.name.size() + 1);
                auto outcome = set(row, again, value);
                EXPECT_TRUE(outcome) << line << ": " << (outcome ? "" : outcome.error().what);
            });
            EXPECT_TRUE(row.same(original, again)) << print(row, original) << print(row, again);
            EXPECT_EQ(print(row, original), print(row, again));
        }
        Options overridden;
        row.override_with(overridden, *options);
        EXPECT_TRUE(row.same(overridden, *options));
    }
    for (auto& alias : table.aliases) {
        SCOPED_TRACE(alias.name);
        auto* row = table.find(alias.keyword);
        ASSERT_TRUE(row);
        EXPECT_EQ(table.find(to_lower(alias.name)), row);
    }
    EXPECT_EQ(table.find("NoSuchKeyword"), nullptr);
    EXPECT_LE(table.rows.size(), 256u);
}

TEST(ClientKeywords, ArePrintedAndReadBack) { each_row_keeps_its_promises(client_keywords()); }
TEST(ServerKeywords, ArePrintedAndReadBack) { each_row_keeps_its_promises(server_keywords()); }

// What a keyword takes at all, ssh -G and sshd -T write so that it is read back as it was (ssh -G host | ssh -F /dev/stdin).
template <class Options>
void odd_values_are_read_back(const KeywordTable<Options>& table)
{
    std::size_t taken = 0;
    for (std::string_view value : {"\"a b\"", "\"#x\"", "\"a#b\"", "\"a\\\"b\"", "\"it's\"", "'say \"x\"'", "\"a\\\\b\"", "a\\b",
                                   "a\\ b", "\"=v\"", "\"= v\"", "\" v \"", "\"\tv\"", "\"x y\" 'z \"' \\\"", "\"A= b#\" 'B=\"' C=",
                                   "\"/a b\" /c", "/bin/x  \"a  b\" # 'c'", "/bin/x \\", "\"/a b:c\" \"/d #e\"", "\"none\" x",
                                   "\"h o:1\"", "\"\"", "\"~/a b\"", "\"%h $X\"", "\"-a b\"", "\"na me\" \"/bin/x y\" \"#z\""}) {
        for (auto& row : table.rows) {
            Options options, again;
            if (!row.parse || !row.print || !set(row, options, value))
                continue;
            auto text = print(row, options);
            SCOPED_TRACE(fmt::format("{} {} is printed as {}", row.name, value, text));
            for_each_line(text, [&](std::size_t, std::string_view line) {
                EXPECT_TRUE(set(row, again, line.substr(row.name.size() + 1)));
            });
            EXPECT_TRUE(row.same(options, again));
            ++taken;
        }
    }
    EXPECT_GT(taken, table.rows.size());
}

TEST(ClientKeywords, OddValuesAreReadBack) { odd_values_are_read_back(client_keywords()); }
TEST(ServerKeywords, OddValuesAreReadBack) { odd_values_are_read_back(server_keywords()); }

TEST(Keywords, WrongValuesAreErrors)
{
    for (auto [keyword, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"Port", "0"}, {"Port", "65536"}, {"Port", "2000blah"}, {"Port", "22 23"}, {"BatchMode", "maybe"},
             {"ConnectTimeout", "1x"}, {"ConnectTimeout", "-1"}, {"RekeyLimit", "4"}, {"RekeyLimit", "1x"},
             {"RekeyLimit", "16000000000G"}, {"EscapeChar", "ab"}, {"LogLevel", "loud"}, {"SetEnv", "A"},
             {"SendEnv", "A=b"}, {"UserKnownHostsFile", "a none"}, {"Ciphers", "foo"}, {"IPQoS", "fast"},
             {"StreamLocalBindMask", "0888"}, {"TunnelDevice", "a:b"}, {"LocalForward", "8080"},
             {"DynamicForward", "8080 a:1"}, {"ProxyJump", "a b"}, {"NumberOfPasswordPrompts", "x"},
             {"ObscureKeystrokeTiming", "interval:0"}, {"IdentityFile", "\"\""}, {"ChannelTimeout", "session"}}) {
        ClientOptions options;
        auto* row = client_keywords().find(keyword);
        ASSERT_TRUE(row) << keyword;
        EXPECT_FALSE(set(*row, options, value)) << keyword << " " << value;
    }
    for (auto [keyword, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"MaxStartups", "0"}, {"MaxStartups", "10:30"}, {"MaxStartups", "10:0:20"}, {"MaxStartups", "20:30:10"},
             {"AuthenticationMethods", "magic"}, {"ListenAddress", "1.2.3.4:0"}, {"ListenAddress", "a:b:c"},
             {"AuthorizedKeysCommand", "relative"}, {"PermitOpen", "host"}, {"PermitOpen", "any none"},
             {"PerSourcePenalties", "authfail"}, {"PerSourcePenalties", "authfail:x"}, {"Subsystem", "sftp"},
             {"PerSourcePenaltyExemptList", "10.0.0.1/8"}, {"PerSourceNetBlockSize", "33"}}) {
        ServerOptions options;
        auto* row = server_keywords().find(keyword);
        ASSERT_TRUE(row) << keyword;
        EXPECT_FALSE(set(*row, options, value)) << keyword << " " << value;
    }
}

TEST(Keywords, EverySpellingOfOpenSshIsUnderstood)
{
    ClientOptions client;
    auto client_row = [](std::string_view name) -> auto& { return *client_keywords().find(name); };
    ASSERT_TRUE(set(client_row("RekeyLimit"), client, "default 1h"));
    EXPECT_EQ(client.rekey_limit, (RekeyLimit{0, Seconds{3600}}));
    ASSERT_TRUE(set(client_row("RekeyLimit"), client, "1T"));
    EXPECT_EQ(client.rekey_limit.bytes, std::uint64_t{1} << 40);
    ASSERT_TRUE(set(client_row("RekeyLimit"), client, "1.5G"));
    EXPECT_EQ(client.rekey_limit.bytes, 1610612736u);
    EXPECT_FALSE(set(client_row("RekeyLimit"), client, "1.5"));
    EXPECT_FALSE(set(client_row("RekeyLimit"), client, "1.x5G"));
    for (auto* keyword : {"ServerAliveInterval", "ForwardX11Timeout"})
        EXPECT_TRUE(set(client_row(keyword), client, "none"));
    EXPECT_EQ(client.server_alive_interval, Seconds{0});
    EXPECT_EQ(client.forward_x11_timeout, Seconds{1200});
    ASSERT_TRUE(set(client_row("RekeyLimit"), client, "8G none"));
    EXPECT_EQ(client.rekey_limit.bytes, std::uint64_t{8} << 30);
    ASSERT_TRUE(set(client_row("ForwardAgent"), client, "$FOO"));
    EXPECT_EQ(client.forward_agent, (ForwardAgent{true, "$FOO"}));
    ASSERT_TRUE(set(client_row("EscapeChar"), client, "^["));
    EXPECT_EQ(client.escape_char, '\x1b');
    ASSERT_TRUE(set(client_row("ProxyJump"), client, "ssh://u@h:22,b"));
    EXPECT_EQ(client.proxy_jump, "u@h:22,b");
    ASSERT_TRUE(set(client_row("SendEnv"), client, "A B*"));
    ASSERT_TRUE(set(client_row("SendEnv"), client, "-B* C"));
    EXPECT_EQ(client.send_env, (std::vector<std::string>{"A", "C"}));
    ServerOptions server;
    auto server_row = [](std::string_view name) -> auto& { return *server_keywords().find(name); };
    ASSERT_TRUE(set(server_row("MaxStartups"), server, "10"));
    EXPECT_EQ(server.max_startups, (StartLimit{10, 30, 10}));
    ASSERT_TRUE(set(server_row("PermitRootLogin"), server, "without-password"));
    EXPECT_EQ(server.permit_root_login, PermitRoot::prohibit_password);
    ASSERT_TRUE(set(server_row("PerSourcePenalties"), server, "authfail:300s min:350s"));
    ASSERT_TRUE(set(server_row("PerSourcePenalties"), server, "authfail:1 max:900"));
    EXPECT_EQ(server.per_source_penalties.authfail, Seconds{300});
    EXPECT_EQ(server.per_source_penalties.max, Seconds{900});
    using enum SourcePenalties::Overflow;
    ASSERT_TRUE(set(server_row("PerSourcePenalties"), server, "overflow:deny-all"));
    EXPECT_EQ(server.per_source_penalties.overflow6, deny_all);   // what is said of one is meant for both
    ASSERT_TRUE(set(server_row("PerSourcePenalties"), server, "overflow6:permissive"));
    EXPECT_EQ(server.per_source_penalties.overflow, deny_all);
    EXPECT_EQ(server.per_source_penalties.overflow6, permissive);
    ASSERT_TRUE(set(server_row("PerSourcePenalties"), server, "no"));
    EXPECT_FALSE(server.per_source_penalties.on);
}

} // namespace
} // namespace nacre
