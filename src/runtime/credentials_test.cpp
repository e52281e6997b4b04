#include "runtime/credentials.h"

#include <gtest/gtest.h>

#include "support/key_files.h"

namespace nacre {
namespace {

using test::read_key_file;

// `rsa` signed this one, about ed25519.
PublicKey host_certificate() { return PublicKey::from_line(read_key_file("ed25519.host")).value(); }

bool accepted(const std::string& known_hosts, const PublicKey& key, std::uint16_t port = 22)
{
    KnownHosts files;
    files.add("known_hosts", known_hosts);
    return known_host(std::move(files), "host.example", port).accepts(key);
}

TEST(KnownHost, ACertificateNeedsItsAuthorityOrItsKey)
{
    auto authority = "@cert-authority *.example " + read_key_file("rsa.pub");
    auto plain = "host.example " + read_key_file("ed25519.pub");
    EXPECT_TRUE(accepted(authority, host_certificate()));
    EXPECT_TRUE(accepted(plain, host_certificate()));
    EXPECT_FALSE(accepted("", host_certificate()));
    EXPECT_FALSE(accepted("@cert-authority *.elsewhere " + read_key_file("rsa.pub"), host_certificate()));
}

TEST(KnownHost, ARevokedAuthorityIsNotSavedByThePlainKey)
{
    auto lines = "@cert-authority *.example " + read_key_file("rsa.pub") + "@revoked * " + read_key_file("rsa.pub") +
                 "host.example " + read_key_file("ed25519.pub");
    EXPECT_FALSE(accepted(lines, host_certificate()));
    EXPECT_TRUE(accepted(lines, host_certificate().plain()));
    auto elsewhere = "@revoked host.example " + read_key_file("ed25519.pub") +
                     "[host.example]:2222 " + read_key_file("ed25519.pub");
    EXPECT_FALSE(accepted(elsewhere, host_certificate(), 2222));
}

// What is asked about, of a host that shows this key.
std::optional<PublicKey> asked_about(const std::string& known_hosts, const PublicKey& key, bool answer, std::uint16_t port = 22)
{
    KnownHosts files;
    files.add("known_hosts", known_hosts);
    std::optional<PublicKey> asked;
    auto check = known_host(std::move(files), "host.example", port, [&](const PublicKey& unknown) {
        asked = unknown;
        return answer;
    });
    bool accepted = check.accepts(key);
    EXPECT_EQ(accepted, asked && answer);
    return asked;
}

TEST(KnownHost, OnlyAHostOfWhichNothingIsRecordedIsAskedAbout)
{
    auto key = host_certificate().plain();
    auto rsa = "host.example " + read_key_file("rsa.pub");
    EXPECT_EQ(asked_about("", key, true), key);
    EXPECT_EQ(asked_about("", key, false), key);
    EXPECT_EQ(asked_about("", host_certificate(), true), key);
    EXPECT_EQ(asked_about("elsewhere " + read_key_file("ed25519.pub"), key, true), key);
    EXPECT_EQ(asked_about(rsa, key, true), std::nullopt);         // it has changed, of whatever type it is
    EXPECT_EQ(asked_about(rsa, key, true, 2222), key);
    EXPECT_EQ(asked_about("[host.example]:2222 " + read_key_file("rsa.pub"), key, true, 2222), std::nullopt);
    EXPECT_EQ(asked_about("@cert-authority *.example " + read_key_file("rsa.pub"), key, true), std::nullopt);
    EXPECT_EQ(asked_about("@revoked * " + read_key_file("ed25519.pub"), key, true), std::nullopt);
    EXPECT_EQ(asked_about("@revoked * " + read_key_file("ed25519.pub"), key, true, 2222), std::nullopt);
}

} // namespace
} // namespace nacre
