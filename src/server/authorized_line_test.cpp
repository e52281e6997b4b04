#include "server/authorized_line.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "crypto/random.h"
#include "keys/private_key.h"

namespace nacre {
namespace {

struct AuthorizedLine : testing::Test {
    PrivateKey key = *PrivateKey::generate(KeyKind::ed25519, 0);
    PrivateKey other = *PrivateKey::generate(KeyKind::ed25519, 0);
    ConnectionInfo connection{"192.0.2.7", 4711, "192.0.2.1", 22, "client.example"};
    NoLog log;

    std::optional<KeyPermission> search(const std::string& text)
    {
        LineCheck check{key.public_key(), connection, "joe", {1'700'000'000, 1'700'000'000}};
        return search_authorized_keys({text, "keys"}, check, log);
    }
    std::string line(const PrivateKey& of, std::string_view options = "") const
    {
        return fmt::format("{}{}{}\n", options, options.empty() ? "" : " ", of.public_key().line("comment"));
    }
};

TEST_F(AuthorizedLine, TheFirstLineThatLetsInCounts)
{
    auto found = search("# keys\n" + line(other) + line(key, "from=\"198.51.100.*\"") + line(key, "no-pty"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->place, "keys:4");
    EXPECT_FALSE(found->options.permit_pty);
}

TEST_F(AuthorizedLine, ALineThatIsTooLongIsToldOfOnce)
{
    struct Told final : Log {
        std::string text;
        bool wants(LogLevel) const override { return true; }
        void write(LogLevel, std::string_view line) override { text.append(line).append("\n"); }
    } told;
    auto too_long = std::string(authorized_keys_line_limit, ' ') + line(key);
    auto text = "\n" + too_long + too_long + line(other);
    LineCheck check{key.public_key(), connection, "joe", {1'700'000'000, 1'700'000'000}};
    EXPECT_FALSE(search_authorized_keys({text, "keys", 100}, check, told));
    EXPECT_EQ(told.text, "keys:101: the line is not used: it is longer than 8192 bytes\n");
}

TEST_F(AuthorizedLine, AnotherKeyIsNoKey) { EXPECT_FALSE(search(line(other))); }

TEST_F(AuthorizedLine, AnUnknownOptionShutsTheDoor) { EXPECT_FALSE(search(line(key, "no-such-option"))); }

TEST_F(AuthorizedLine, AnExpiredKeyDoesNotCount)
{
    EXPECT_FALSE(search(line(key, "expiry-time=\"20200101\"")));
    EXPECT_TRUE(search(line(key, "expiry-time=\"20990101\"")));
}

TEST_F(AuthorizedLine, AnAuthorityIsNoKey) { EXPECT_FALSE(search(line(key, "cert-authority"))); }

TEST_F(AuthorizedLine, FromTakesNetworksAndNames)
{
    EXPECT_TRUE(search(line(key, "from=\"192.0.2.0/24\"")));
    EXPECT_TRUE(search(line(key, "from=\"*.example\"")));
    EXPECT_FALSE(search(line(key, "from=\"*.example,!192.0.2.7\"")));
    EXPECT_FALSE(search(line(key, "from=\"192.0.2.0/24,!client.*\"")));
    EXPECT_FALSE(search(line(key, "from=\"198.51.100.0/24\"")));
}

TEST_F(AuthorizedLine, TwoKeysRestrictTogether)
{
    KeyOptions first, second;
    first.permit_pty = false;
    second.command = "date";
    auto both = restricted_by_both(first, second);
    ASSERT_TRUE(both);
    EXPECT_FALSE(both->permit_pty);
    EXPECT_EQ(both->command, "date");
    first.command = "uptime";
    EXPECT_FALSE(restricted_by_both(first, second));
}

struct CertifiedLine : AuthorizedLine {
    PublicKey certified(CertificateTerms terms)
    {
        SystemRandom random;
        auto sign = [&](std::string_view algorithm, Bytes data) { return other.sign(algorithm, data); };
        return *issue_certificate(key.public_key(), std::move(terms), other.public_key(), "ssh-ed25519", random, sign);
    }
    template <class Search>
    std::optional<KeyPermission> ask(Search search_text, const std::string& text, const PublicKey& shown)
    {
        auto certificate = *parse_certificate(shown);
        LineCheck check{shown, connection, "joe", {1'700'000'000, 1'700'000'000}, &certificate, "ssh-ed25519", 0};
        return search_text({text, "file"}, check, log);
    }
    static CertificateTerms terms_for(std::vector<std::string> names)
    {
        CertificateTerms terms;
        terms.principals = std::move(names);
        terms.extensions = {certificate_flag("permit-pty")};
        return terms;
    }
};

TEST_F(CertifiedLine, AnAuthoritysLineTakesTheUsersNameOrThoseItLists)
{
    auto joe = certified(terms_for({"joe"}));
    EXPECT_TRUE(ask(search_authorized_keys, line(other, "cert-authority"), joe));
    EXPECT_FALSE(ask(search_authorized_keys, line(other), joe));
    EXPECT_FALSE(ask(search_authorized_keys, line(key, "cert-authority"), joe));
    EXPECT_FALSE(ask(search_authorized_keys, line(other, "cert-authority,principals=\"jim,jack\""), joe));
    EXPECT_TRUE(ask(search_authorized_keys, line(other, "cert-authority,principals=\"jim,joe\""), joe));
    // One name that looks like two, and none at all, are nobody's.
    EXPECT_FALSE(ask(search_authorized_keys, line(other, "cert-authority"), certified(terms_for({"jim,joe"}))));
    EXPECT_FALSE(ask(search_authorized_keys, line(other, "cert-authority"), certified(terms_for({}))));
    EXPECT_FALSE(ask(search_authorized_keys, joe.line() + "\n", joe));
}

TEST_F(CertifiedLine, WhatEitherForbidsIsForbidden)
{
    auto terms = terms_for({"joe"});
    terms.critical_options = {certificate_value("force-command", "date")};
    auto shown = certified(terms);
    auto found = ask(search_authorized_keys, line(other, "cert-authority,no-pty"), shown);
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->options.permit_pty);
    EXPECT_FALSE(found->options.permit_port_forwarding);
    EXPECT_EQ(found->options.command, "date");
    EXPECT_FALSE(ask(search_authorized_keys, line(other, "cert-authority,command=\"uptime\""), shown));
}

TEST_F(CertifiedLine, PrincipalsStandAtTheEndOfTheirLines)
{
    auto shown = certified(terms_for({"ops", "dev"}));
    EXPECT_TRUE(ask(search_principals, "# names\n\n  ops \n", shown));
    EXPECT_TRUE(ask(search_principals, "ops # who operates\n", shown));
    EXPECT_FALSE(ask(search_principals, "joe # ops\n", shown));
    EXPECT_FALSE(ask(search_principals, "joe\nops,dev\n# ops\n", shown));
    EXPECT_FALSE(ask(search_principals, "no-such-option ops\n", shown));
    EXPECT_FALSE(ask(search_principals, "from=\"198.51.100.1\" ops\n", shown));
    auto found = ask(search_principals, "no-such-option ops\nno-pty dev\n", shown);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->place, "file:2");
    EXPECT_FALSE(found->options.permit_pty);
}

} // namespace
} // namespace nacre
