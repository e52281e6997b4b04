#include "keys/security_key.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "crypto/mldsa.h"
#include "keys/key_file.h"
#include "support/seeded_random.h"
#include "support/soft_token.h"

namespace nacre {

using test::SoftToken;

namespace {

constexpr std::array token_kinds{KeyKind::sk_ed25519, KeyKind::sk_ecdsa_nistp256};
constexpr std::string_view webauthn = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";
constexpr TokenDemands a_touch{};

ErrorKind refusal_of(const PublicKey& key, Bytes signature, TokenDemands demands)
{
    auto verified = key.verify(key.type().name, as_bytes("data"), signature, demands);
    EXPECT_FALSE(verified);
    return verified ? ErrorKind::system : verified.error().kind;
}

} // namespace

TEST(SecurityKey, SignaturesHoldForTheirMessageAndApplicationOnly)
{
    for (auto kind : token_kinds) {
        SoftToken token{kind};
        auto key = token.public_key();
        auto signature = token.sign(as_bytes("data"));
        EXPECT_TRUE(key.verify(key.type().name, as_bytes("data"), signature, a_touch));
        EXPECT_FALSE(key.verify(key.type().name, as_bytes("date"), signature, a_touch));
        SoftToken elsewhere{kind, "ssh:elsewhere"};
        EXPECT_FALSE(elsewhere.public_key().verify(key.type().name, as_bytes("data"), signature, a_touch));
    }
}

TEST(SecurityKey, EveryByteOfASignatureCounts)
{
    for (auto kind : token_kinds) {
        SoftToken token{kind};
        auto key = token.public_key();
        auto signature = token.sign(as_bytes("data"));
        for (auto& byte : signature) {
            byte ^= 1;
            EXPECT_FALSE(key.verify(key.type().name, as_bytes("data"), signature, no_token_demands));
            byte ^= 1;
        }
        for (std::size_t size = 0; size < signature.size(); ++size)
            EXPECT_FALSE(key.verify(key.type().name, as_bytes("data"), Bytes{signature}.first(size), no_token_demands));
        signature.push_back(0);
        EXPECT_FALSE(key.verify(key.type().name, as_bytes("data"), signature, no_token_demands));
    }
}

TEST(SecurityKey, WhatIsDemandedMustHaveBeenMadeSureOf)
{
    for (auto kind : token_kinds) {
        SoftToken token{kind};
        auto key = token.public_key();
        auto untouched = token.sign(as_bytes("data"), 0);
        auto touched = token.sign(as_bytes("data"), sk_user_present);
        auto verified = token.sign(as_bytes("data"), sk_user_present | sk_user_verified);
        EXPECT_TRUE(key.verify(key.type().name, as_bytes("data"), untouched, no_token_demands));
        EXPECT_EQ(refusal_of(key, untouched, a_touch), ErrorKind::not_permitted);
        EXPECT_EQ(refusal_of(key, touched, {.touch = true, .verification = true}), ErrorKind::not_permitted);
        EXPECT_EQ(refusal_of(key, untouched, {.touch = false, .verification = true}), ErrorKind::not_permitted);
        EXPECT_TRUE(key.verify(key.type().name, as_bytes("data"), verified, {.touch = true, .verification = true}));
    }
}

TEST(SecurityKey, TellsABrowsersSignatureByItsChallengeAndOrigin)
{
    SoftToken token{KeyKind::sk_ecdsa_nistp256};
    auto key = token.public_key();
    auto holds = [&](std::string_view client_data, std::string_view origin, Bytes extensions = {},
                     std::uint8_t flags = sk_user_present) {
        auto signature = token.sign_in_browser(client_data, origin, extensions, flags);
        return key.verify(webauthn, as_bytes("data?>"), signature, a_touch).has_value();
    };
    constexpr std::string_view origin = "https://example.org";
    constexpr std::string_view good =
        R"({"type":"webauthn.get","challenge":"ZGF0YT8-","origin":"https://example.org","crossOrigin":false})";
    EXPECT_TRUE(holds(good, origin));
    EXPECT_FALSE(holds(good, "https://example.com"));
    EXPECT_FALSE(holds(R"({"type":"webauthn.create","challenge":"ZGF0YT8-","origin":"https://example.org"})", origin));
    EXPECT_FALSE(holds(R"({"type":"webauthn.get","challenge":"ZGF0YTY=","origin":"https://example.org"})", origin));
    EXPECT_FALSE(holds(R"({"type":"webauthn.get","challenge":"ZGF0YT8-","origin":"https://example.org)", origin));
    EXPECT_FALSE(holds(R"({"type":"webauthn.get","challenge":"ZGF0YT8-","origin":"a"b")", R"(a"b)"));
    EXPECT_FALSE(holds(good, origin, as_bytes("x")));
    EXPECT_FALSE(holds(good, origin, {}, sk_user_present | 0x80));
    EXPECT_TRUE(holds(good, origin, as_bytes("x"), sk_user_present | 0x80));
    EXPECT_FALSE(holds(good, origin, {}, sk_user_present | 0x40));
    EXPECT_FALSE(holds(good, origin, {}, 0));
}

TEST(SecurityKey, BothKindsOfSignatureAreNotInterchangeable)
{
    SoftToken token{KeyKind::sk_ecdsa_nistp256};
    auto key = token.public_key();
    EXPECT_FALSE(key.verify(webauthn, as_bytes("data"), token.sign(as_bytes("data")), a_touch));
    auto of_browser = token.sign_in_browser(R"({"type":"webauthn.get","challenge":"ZGF0YQ","origin":"x"})", "x");
    EXPECT_TRUE(key.verify(webauthn, as_bytes("data"), of_browser, a_touch));
    EXPECT_FALSE(key.verify(key.type().name, as_bytes("data"), of_browser, a_touch));
}

TEST(SecurityKey, PrivateHalvesComeBackFromTheirFiles)
{
    test::SeededRandom random{1};
    for (auto kind : token_kinds) {
        SoftToken token{kind, "ssh:tests"};
        auto key = token.private_key(sk_user_present | sk_user_verified);
        auto text = write_private_key(key, "comment", "secret", {.form = KeyFileForm::pem, .rounds = 1}, random);
        ASSERT_TRUE(text) << text.error().what;
        auto read = parse_private_key(text->bytes(), "secret");
        ASSERT_TRUE(read) << read.error().what;
        EXPECT_EQ(read->form, KeyFileForm::openssh);
        EXPECT_EQ(read->key.public_key(), token.public_key());
        EXPECT_EQ(read->key.public_key().application(), "ssh:tests");
        auto details = read->key.security_key();
        ASSERT_TRUE(details);
        EXPECT_EQ(details->application, "ssh:tests");
        EXPECT_EQ(details->flags, sk_user_present | sk_user_verified);
        EXPECT_EQ(details->handle.text(), "handle");
        EXPECT_FALSE(read->key.sign(read->key.public_key().type().name, as_bytes("data")));
    }
}

TEST(SecurityKey, OnlyATokenMakesOne)
{
    for (auto kind : token_kinds)
        EXPECT_FALSE(PrivateKey::generate(kind, 0));
    auto plain = PrivateKey::generate(KeyKind::ed25519, 0).value();
    EXPECT_FALSE(plain.security_key());
    EXPECT_FALSE(PrivateKey::of_security_key(plain.public_key(), {"ssh:", sk_user_present, {}}));
}

TEST(SecurityKey, RefusesKeysThatAreNone)
{
    EXPECT_FALSE(sk_public_key(KeyKind::sk_ed25519, ByteVector(31, 1), "ssh:"));
    EXPECT_FALSE(sk_public_key(KeyKind::sk_ecdsa_nistp256, ByteVector(65, 4), "ssh:"));
    EXPECT_FALSE(sk_public_key(KeyKind::sk_ed25519, ByteVector(32, 1), std::string_view{"ssh:\0x", 6}));
}

TEST(CompositeKey, BothHalvesMustBeRight)
{
    auto key = PrivateKey::generate(KeyKind::mldsa44_ed25519, 0).value();
    auto& name = key.public_key().type().name;
    auto signature = key.sign(name, as_bytes("data")).value();
    ASSERT_TRUE(key.public_key().verify(name, as_bytes("data"), signature, no_token_demands));
    auto start = signature.size() - 2484;
    for (auto at : {start, start + 2419, start + 2420, start + 2483}) {
        signature[at] ^= 1;
        EXPECT_FALSE(key.public_key().verify(name, as_bytes("data"), signature, no_token_demands)) << at;
        signature[at] ^= 1;
    }
}

// draft-ietf-lamps-pq-composite-sigs §3.2, put together here once more from the primitives.
TEST(CompositeKey, SignsWhatTheDraftSays)
{
    auto key = PrivateKey::generate(KeyKind::mldsa44_ed25519, 0).value();
    auto signature = key.sign(key.public_key().type().name, as_bytes("data")).value();
    Reader blob{key.public_key().blob()}, parts{signature};
    blob.string();
    parts.string();
    auto half = blob.string(), both = parts.string();
    ByteVector message;
    Writer{message}
        .raw(as_bytes("CompositeAlgorithmSignatures2025COMPSIG-MLDSA44-Ed25519-SHA512"))
        .u8(0)
        .raw(hash_of(HashKind::sha512, as_bytes("data")));
    EXPECT_TRUE(MlDsa44::verify(half.first(1312), message, as_bytes("COMPSIG-MLDSA44-Ed25519-SHA512"), both.first(2420)));
    EXPECT_TRUE(ed25519_verify(ed25519_public(half.subspan(1312)), message, both.subspan(2420)));
}

} // namespace nacre
