#include "keys/authorized_keys.h"

#include "support/key_files.h"

namespace nacre {

namespace {

const std::string key_line = test::public_key_named("ed25519").line("a comment");

KeyOptions options_of(std::string_view text)
{
    auto options = parse_key_options(text);
    EXPECT_TRUE(options) << text << ": " << options.error().what;
    return options ? std::move(*options) : KeyOptions{};
}

struct ReadLine {
    KeyOptions options;
    PublicKey key;
    std::string_view comment;
};

// All of it; nothing for blank lines and comments.
Result<std::optional<ReadLine>> read_line(std::string_view line)
{
    auto parts = TRY(split_authorized_keys_line(line));
    if (!parts)
        return std::optional<ReadLine>{};
    auto options = TRY(parse_key_options(parts->options));
    auto key = TRY(parts->key());
    return std::optional{ReadLine{std::move(options), std::move(key), parts->comment}};
}

} // namespace

TEST(AuthorizedKeys, ReadsKeysWithAndWithoutOptions)
{
    for (std::string options : {"", "restrict ", "command=\"a \\\"b\\\" c\",no-pty\t", "  pty   "}) {
        auto text = options + key_line + "\n";
        auto line = read_line(text);
        ASSERT_TRUE(line) << line.error().what;
        ASSERT_TRUE(*line);
        EXPECT_EQ((*line)->key, test::public_key_named("ed25519"));
        EXPECT_EQ((*line)->comment, "a comment");
    }
    for (auto nothing : {"", "   ", "# comment", "\t#", "\n"}) {
        auto line = read_line(nothing);
        ASSERT_TRUE(line);
        EXPECT_FALSE(*line);
    }
}

TEST(AuthorizedKeys, RefusesLinesThatItDoesNotUnderstand)
{
    for (std::string bad : {"blah ", "command=oops ", "command=\"open ", "no-restrict ",
             "no-cert-authority ", "pty=\"x\" ", "command ", "pty pty ", "=\"x\" "}) {
        auto line = read_line(bad + key_line);
        EXPECT_FALSE(line) << bad;
    }
    EXPECT_FALSE(read_line("ssh-ed25519"));
    EXPECT_FALSE(read_line("ssh-ed25519 AAAA"));
    EXPECT_FALSE(read_line("sk-ssh-ed25519@openssh.com AAAA comment"));
    EXPECT_FALSE(read_line(std::string("pty\0 ", 5) + key_line));
    EXPECT_TRUE(read_line(key_line + std::string(authorized_keys_line_limit, 'x'))) << "only sshd minds";
}

TEST(AuthorizedKeys, FindsAKeyWithoutUnderstandingTheLine)
{
    auto text = "unknown-option " + key_line;
    auto line = split_authorized_keys_line(text).value().value();
    EXPECT_TRUE(line.names(test::public_key_named("ed25519")));
    EXPECT_FALSE(line.names(test::public_key_named("rsa")));
    EXPECT_EQ(line.options, "unknown-option");
}

TEST(KeyOptions, FlagsGoOnAndOffInAnyCase)
{
    struct {
        std::string_view name;
        bool KeyOptions::* member;
    } flags[] = {{"agent-forwarding", &KeyOptions::permit_agent_forwarding},
        {"port-forwarding", &KeyOptions::permit_port_forwarding}, {"PTY", &KeyOptions::permit_pty},
        {"User-RC", &KeyOptions::permit_user_rc}, {"X11-forwarding", &KeyOptions::permit_x11_forwarding}};
    for (auto& flag : flags) {
        std::string name{flag.name};
        EXPECT_TRUE(options_of("").*flag.member);
        EXPECT_FALSE(options_of("no-" + name).*flag.member);
        EXPECT_FALSE(options_of("restrict").*flag.member);
        EXPECT_TRUE(options_of("restrict," + name).*flag.member);
        EXPECT_FALSE(options_of(name + ",Restrict").*flag.member);
    }
    EXPECT_TRUE(options_of("restrict,pty").restricted);
    EXPECT_TRUE(options_of("cert-authority").cert_authority);
    EXPECT_FALSE(options_of("no-touch-required").require_touch);
    EXPECT_TRUE(options_of("verify-required").require_verify);
}

TEST(AuthorizedKeys, AKeyEndsAtAnyBlank)
{
    for (const auto* blank : {"\r", "\n\t", "\t"}) {
        std::string line{key_line};
        auto end = line.find(' ', line.find(' ') + 1);
        line.replace(end == std::string::npos ? line.size() : end, 0, blank + std::string{"q"});
        auto read = read_line(line);
        auto parts = split_authorized_keys_line(line);
        ASSERT_TRUE(read && *read && parts && *parts);
        EXPECT_TRUE((*parts)->names((*read)->key));
    }
}

TEST(KeyOptions, NothingNeedStandBetweenTwoCommas)
{
    for (auto text : {"no-pty,", ",no-pty", "no-pty,,no-user-rc", ","}) {
        ASSERT_TRUE(parse_key_options(text)) << text;
        EXPECT_EQ(options_of(text).permit_pty, std::string_view{text} == ",") << text;
    }
}

TEST(KeyOptions, ValuesAreUnquoted)
{
    auto options = options_of("command=\"echo \\\"a,b\\\" \\n\",from=\"*.org,10.0.0.0/8\",principals=\"a,b\"");
    EXPECT_EQ(options.command, "echo \"a,b\" \\n");
    EXPECT_EQ(options.from, "*.org,10.0.0.0/8");
    EXPECT_EQ(options.principals, "a,b");
    EXPECT_FALSE(parse_key_options("command=\"a\",command=\"b\""));
    EXPECT_FALSE(parse_key_options("from=\"a\",from=\"b\""));
    EXPECT_EQ(options_of("command=\"\"").command, "");
}

TEST(KeyOptions, TheFirstOfAnEnvironmentVariableWins)
{
    auto options = options_of("environment=\"A=1\",environment=\"B=x=y\",environment=\"A=2\"");
    ASSERT_EQ(options.environment.size(), 2u);
    EXPECT_EQ(options.environment[0].value, "1");
    EXPECT_EQ(options.environment[1].value, "x=y");
    for (auto bad : {"environment=\"=x\"", "environment=\"A\"", "environment=\"A B=1\"", "environment=\",=bah\""})
        EXPECT_FALSE(parse_key_options(bad)) << bad;
}

TEST(KeyOptions, PermittedAddresses)
{
    auto options = options_of(
        "permitopen=\"host:80\",PermitOpen=\"[::1]:*\",permitlisten=\"8080\",permitlisten=\"localhost:0099\"");
    ASSERT_EQ(options.permit_open.size(), 2u);
    EXPECT_EQ(options.permit_open[0].host, "host");
    EXPECT_EQ(options.permit_open[0].port, 80);
    EXPECT_EQ(options.permit_open[1].host, "::1");
    EXPECT_EQ(options.permit_open[1].port, std::nullopt);
    ASSERT_EQ(options.permit_listen.size(), 2u);
    EXPECT_EQ(options.permit_listen[0].host, "*");
    EXPECT_EQ(options.permit_listen[1].port, 99);
    for (std::string bad :
        {"80", "host", "host:", ":80", "[:", "host:bar", "host:0", "host:65536", "::1:80", "host:80:"})
        EXPECT_FALSE(parse_key_options("permitopen=\"" + bad + "\"")) << bad;
}

TEST(KeyOptions, TunnelDevices)
{
    EXPECT_EQ(options_of("tunnel=\"1\"").tunnel_device, 1u);
    EXPECT_EQ(options_of("tunnel=\"any\"").tunnel_device, KeyOptions::any_tunnel);
    EXPECT_FALSE(parse_key_options("tunnel=\"blah\""));
    EXPECT_FALSE(parse_key_options("tunnel=\"-1\""));
}

TEST(KeyOptions, ExpiryIsUtcOrWallClock)
{
    auto options = options_of("expiry-time=\"20200102Z\",expiry-time=\"20200102\",expiry-time=\"202001020304\"");
    ASSERT_EQ(options.expires.size(), 3u);
    constexpr std::int64_t day = 1577923200;                      // 2020-01-02
    EXPECT_EQ(options.expires[0].seconds, day);
    EXPECT_EQ(options.expires[2].seconds, day + 3 * 3600 + 4 * 60);
    WallClock east{day - 3600, day};                              // one hour east of Greenwich, at local midnight
    EXPECT_FALSE(east.has_reached(options.expires[0]));
    EXPECT_TRUE(east.has_reached(options.expires[1]));
    EXPECT_EQ(parse_civil_time("20200229235959utc")->seconds, 1583020799);
    for (auto bad : {"", "Z", "2020", "20200230", "20201301", "2020010124", "202001012460", "20200101000060",
             "19691231", "2020-1-1", "20200101ZZ", "+2020010"})
        EXPECT_FALSE(parse_civil_time(bad)) << bad;
}

} // namespace nacre
