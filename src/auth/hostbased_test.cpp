#include "auth/hostbased.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "keys/private_key.h"

namespace nacre {
namespace {

const PrivateKey& host_key()
{
    static auto key = PrivateKey::generate(KeyKind::ed25519, 0).value();
    return key;
}

const ByteVector session(32, 's');

HostbasedClaim good_claim()
{
    return {.session_id = session,
            .user = "root",
            .service = "ssh-connection",
            .algorithm = "ssh-ed25519",
            .key = host_key().public_key().blob(),
            .client_host = "here.example.",
            .client_user = "joe"};
}

bool would_sign(const HostbasedClaim& claim, KeysignSituation situation = {"joe", "here.example"})
{
    return claim_to_sign(encode(claim), situation).has_value();
}

TEST(HostbasedClaim, IsLaidOutAsTheRfcSays)
{
    HostbasedClaim claim{.session_id = as_bytes("S"), .user = "u", .service = "ssh-connection", .algorithm = "a",
                         .key = as_bytes("K"), .client_host = "h.", .client_user = "c"};
    using namespace std::string_view_literals;
    EXPECT_EQ(as_text(encode(claim)), "\0\0\0\1S\x32\0\0\0\1u\0\0\0\x0essh-connection\0\0\0\x09hostbased\0\0\0\1a"
                                      "\0\0\0\1K\0\0\0\2h.\0\0\0\1c"sv);
}

TEST(HostbasedClaim, IsSignedForItsUserOnItsHost)
{
    auto bytes = encode(good_claim());
    auto claim = claim_to_sign(bytes, {"joe", "HERE.example"});
    ASSERT_TRUE(claim) << claim.error().what;
    EXPECT_EQ(claim->algorithm, "ssh-ed25519");
    EXPECT_FALSE(would_sign(good_claim(), {"mary", "here.example"}));
    EXPECT_FALSE(would_sign(good_claim(), {"joe", "there.example"}));
    EXPECT_FALSE(would_sign(good_claim(), {"", "here.example"}));
    EXPECT_FALSE(would_sign(good_claim(), {"joe", ""}));
}

TEST(HostbasedClaim, IsNotSignedInAnyOtherForm)
{
    auto refused = [](auto change) {
        auto claim = good_claim();
        change(claim);
        return !would_sign(claim);
    };
    EXPECT_TRUE(refused([](auto& c) { c.session_id = Bytes{session}.first(31); }));
    EXPECT_TRUE(refused([](auto& c) { c.request = 51; }));
    EXPECT_TRUE(refused([](auto& c) { c.service = "ssh-userauth"; }));
    EXPECT_TRUE(refused([](auto& c) { c.method = "publickey"; }));
    EXPECT_TRUE(refused([](auto& c) { c.algorithm = "rsa-sha2-512"; }));
    EXPECT_TRUE(refused([](auto& c) { c.algorithm = "unheard-of"; }));
    EXPECT_TRUE(refused([](auto& c) { c.key = as_bytes("no key"); }));
    EXPECT_TRUE(refused([](auto& c) { c.client_host = "here.example"; }));
    EXPECT_TRUE(refused([](auto& c) { c.client_host = "."; }));
    auto longer = encode(good_claim());
    longer.push_back(0);
    EXPECT_FALSE(claim_to_sign(longer, {"joe", "here.example"}));
}

TEST(HostbasedClaim, HoldsForOneSessionUserAndHostOnly)
{
    auto signature = host_key().sign("ssh-ed25519", encode(good_claim())).value();
    auto holds = [&](const HostbasedClaim& claim) {
        return host_key().public_key().verify("ssh-ed25519", encode(claim), signature, no_token_demands).has_value();
    };
    EXPECT_TRUE(holds(good_claim()));
    ByteVector other(32, 't');
    auto claim = good_claim();
    claim.session_id = other;
    EXPECT_FALSE(holds(claim));
    claim = good_claim();
    claim.user = "mary";
    EXPECT_FALSE(holds(claim));
    claim = good_claim();
    claim.client_user = "mary";
    EXPECT_FALSE(holds(claim));
    claim = good_claim();
    claim.client_host = "there.example.";
    EXPECT_FALSE(holds(claim));
}

TEST(HostKeyOffers, FollowTheAlgorithmsAndNameEachKeyOnce)
{
    auto rsa = PrivateKey::generate(KeyKind::rsa, 2048).value();
    HostbasedSettings settings;
    settings.keys = {{to_vector(host_key().public_key().blob()), "ed25519"}, {to_vector(rsa.public_key().blob()), "rsa"}};
    settings.algorithms = "rsa-sha2-512,rsa-sha2-256,unheard-of,ssh-ed25519";
    HostKeyOffers offers{std::move(settings)};
    auto first = offers.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->key, 1u);
    EXPECT_EQ(first->algorithm, "rsa-sha2-512");
    auto second = offers.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->key, 0u);
    EXPECT_FALSE(offers.next());
}

TEST(HostKeyOffers, LeaveOutWhatTheAlgorithmsDoNotName)
{
    HostKeyOffers offers{HostbasedSettings{.keys = {{to_vector(host_key().public_key().blob()), "ed25519"}},
                                           .algorithms = "rsa-sha2-512"}};
    EXPECT_FALSE(offers.next());
}

} // namespace
} // namespace nacre
