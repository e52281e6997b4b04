#include "server/authorized_line.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

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
        return search_authorized_keys(text, "keys", {key.public_key(), connection, "joe", {1'700'000'000, 1'700'000'000}}, log);
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
    EXPECT_TRUE(is_from("192.0.2.0/24", connection));
    EXPECT_TRUE(is_from("*.example", connection));
    EXPECT_FALSE(is_from("*.example,!192.0.2.7", connection));
    EXPECT_FALSE(is_from("192.0.2.0/24,!client.*", connection));
    EXPECT_FALSE(is_from("198.51.100.0/24", connection));
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

} // namespace
} // namespace nacre
