#include "crypto/sign.h"

#include <gtest/gtest.h>

#include "support/vectors.h"

namespace nacre {

TEST(Ed25519, SignsAndVerifiesAsRfc8032)
{
    for (auto& known : test::read_vectors("ed25519.vec")) {
        auto key = ed25519_private(known.bytes("Seed"));
        auto other = ed25519_public(known.bytes("Public"));
        ASSERT_TRUE(key && other);
        EXPECT_EQ(ed25519_public_half(key), known.bytes("Public"));
        EXPECT_EQ(ed25519_sign(key, known.bytes("Message")), known.bytes("Signature"));
        EXPECT_TRUE(ed25519_verify(other, known.bytes("Message"), known.bytes("Signature")));
    }
}

TEST(Ed25519, RefusesChangedAndMalleableSignatures)
{
    auto known = test::read_vectors("ed25519.vec").at(1);
    auto key = ed25519_public(known.bytes("Public"));
    auto message = known.bytes("Message");
    for (std::size_t i = 0; i < ed25519_signature_size; ++i) {
        auto changed = known.bytes("Signature");
        changed[i] ^= 1;
        EXPECT_FALSE(ed25519_verify(key, message, changed)) << i;
    }
    // S + L: the same signature to a careless verifier (RFC 8032 §5.1.7 wants 0 <= s < L).
    auto order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").value();
    auto malleable = known.bytes("Signature");
    unsigned carry = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        carry += malleable[32 + i] + order[i];
        malleable[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    EXPECT_FALSE(ed25519_verify(key, message, malleable));
    EXPECT_FALSE(ed25519_verify(key, message, {}));
}

namespace {

struct CurveChoice {
    Curve curve;
    HashKind hash;
};

CurveChoice choice_of(std::string_view name)
{
    if (name == "P-256")
        return {Curve::nistp256, HashKind::sha256};
    if (name == "P-384")
        return {Curve::nistp384, HashKind::sha384};
    return {Curve::nistp521, HashKind::sha512};
}

} // namespace

TEST(Ecdsa, VerifiesTheSignaturesOfRfc6979)
{
    for (auto& known : test::read_vectors("ecdsa.vec")) {
        auto [curve, hash] = choice_of(known.text("Curve"));
        auto key = ecdsa_public(curve, known.bytes("Point"));
        ASSERT_TRUE(key);
        EXPECT_TRUE(ecdsa_verify(key, hash, known.bytes("Message"), known.bytes("R"), known.bytes("S")));
        EXPECT_FALSE(ecdsa_verify(key, hash, known.bytes("R"), known.bytes("R"), known.bytes("S")));
        EXPECT_FALSE(ecdsa_verify(key, hash, known.bytes("Message"), known.bytes("S"), known.bytes("R")));
        EXPECT_FALSE(ecdsa_verify(key, hash, known.bytes("Message"), {}, known.bytes("S")));
        EXPECT_FALSE(ecdsa_verify(key, hash, known.bytes("Message"), known.bytes("R"), {}));
        EXPECT_FALSE(ecdsa_verify(key, hash, known.bytes("Message"), ByteVector(67, 0xff), known.bytes("S")));
    }
}

TEST(Ecdsa, SignsWhatItVerifies)
{
    for (auto& known : test::read_vectors("ecdsa.vec")) {
        auto [curve, hash] = choice_of(known.text("Curve"));
        auto key = ecdsa_private(curve, known.bytes("Point"), known.bytes("Private"));
        ASSERT_TRUE(key);
        EXPECT_EQ(ecdsa_curve(key), curve);
        EXPECT_EQ(ecdsa_point(key), known.bytes("Point"));
        auto signature = ecdsa_sign(key, hash, as_bytes("text"));
        ASSERT_TRUE(signature);
        EXPECT_TRUE(ecdsa_verify(key, hash, as_bytes("text"), signature->r, signature->s));
    }
}

TEST(Ecdsa, RefusesPointsOffTheCurveAndForeignHalves)
{
    auto known = test::read_vectors("ecdsa.vec").at(0);
    auto point = known.bytes("Point");
    point.back() ^= 1;
    EXPECT_FALSE(ecdsa_public(Curve::nistp256, point));
    EXPECT_FALSE(ecdsa_public(Curve::nistp256, ByteVector{0}));   // infinity
    EXPECT_FALSE(ecdsa_public(Curve::nistp384, known.bytes("Point")));
    auto scalar = known.bytes("Private");
    EXPECT_TRUE(ecdsa_private(Curve::nistp256, known.bytes("Point"), scalar));
    scalar.back() ^= 1;
    EXPECT_FALSE(ecdsa_private(Curve::nistp256, known.bytes("Point"), scalar));
    EXPECT_FALSE(ecdsa_private(Curve::nistp256, known.bytes("Point"), {}));
    EXPECT_FALSE(ecdsa_private(Curve::nistp256, known.bytes("Point"), ByteVector(32, 0xff)));   // beyond the order
}

TEST(Rsa, VerifiesPkcs1)
{
    constexpr std::array hashes{HashKind::sha1, HashKind::sha256, HashKind::sha512};
    std::size_t row = 0;
    for (auto& known : test::read_vectors("rsa.vec")) {
        auto hash = hashes.at(row++);
        auto key = rsa_public(known.bytes("Modulus"), known.bytes("Exponent"));
        ASSERT_TRUE(key);
        auto signature = known.bytes("Signature");
        EXPECT_TRUE(rsa_verify(key, hash, known.bytes("Message"), signature));
        EXPECT_FALSE(rsa_verify(key, HashKind::sha384, known.bytes("Message"), signature));
        EXPECT_FALSE(rsa_verify(key, hash, as_bytes("other"), signature));
        EXPECT_FALSE(rsa_verify(key, hash, known.bytes("Message"), {}));
        signature.insert(signature.begin(), 0);
        EXPECT_FALSE(rsa_verify(key, hash, known.bytes("Message"), signature));
    }
}

TEST(Rsa, RefusesSizesAndExponentsOutOfBounds)
{
    auto modulus = test::read_vectors("rsa.vec").at(0).bytes("Modulus");
    const ByteVector usual{1, 0, 1};
    EXPECT_TRUE(rsa_public(modulus, usual));
    EXPECT_FALSE(rsa_public(Bytes{modulus}.last(127), usual));
    EXPECT_FALSE(rsa_public(ByteVector(2049, 0xff), usual));
    EXPECT_FALSE(rsa_public(modulus, ByteVector{1}));
    EXPECT_FALSE(rsa_public(modulus, ByteVector{2}));
    EXPECT_FALSE(rsa_public(modulus, ByteVector{}));
    EXPECT_TRUE(rsa_public(modulus, ByteVector{1, 0, 0, 0, 1}));
    EXPECT_FALSE(rsa_public(modulus, ByteVector(33, 1)));
    EXPECT_FALSE(rsa_public(ByteVector(512, 0xff), ByteVector(9, 1)));
    modulus.back() &= 0xfe;
    EXPECT_FALSE(rsa_public(modulus, usual));
}

TEST(Rsa, PrivateNumbersMustBelongTogether)
{
    auto made = rsa_numbers(rsa_generate(1024));
    ASSERT_TRUE(made);
    ASSERT_TRUE(rsa_private(*made));
    for (auto* part : {&made->private_exponent, &made->prime1, &made->prime2, &made->coefficient}) {
        part->bytes().back() ^= 2;
        EXPECT_FALSE(rsa_private(*made));
        part->bytes().back() ^= 2;
    }
    made->modulus.back() ^= 2;
    EXPECT_FALSE(rsa_private(*made));
}

} // namespace nacre
