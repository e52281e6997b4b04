// Project Wycheproof's cases: edge cases of arithmetic, and forgeries that careless code lets pass.
#include <gtest/gtest.h>

#include "crypto/aes.h"
#include "crypto/chacha20.h"
#include "crypto/ecdh.h"
#include "crypto/poly1305.h"
#include "crypto/sign.h"
#include "crypto/x25519.h"
#include "support/vectors.h"

namespace nacre {
namespace {

bool must_hold(const test::VectorCase& known) { return known.text("Valid") == "yes"; }

void append_padded(ByteVector& message, Bytes bytes)
{
    message.insert(message.end(), bytes.begin(), bytes.end());
    message.resize((message.size() + 15) / 16 * 16);
}

void append_length(ByteVector& message, std::size_t size)
{
    for (int byte = 0; byte < 8; ++byte)
        message.push_back(static_cast<std::uint8_t>(std::uint64_t{size} >> 8 * byte));
}

// RFC 8439 §2.8, out of the pieces that SSH's own construction is made of.  Its 96-bit nonce is the upper half of our
// block counter and our nonce.
struct Rfc8439 {
    ChaCha20 cipher;
    Bytes nonce;

    void seek(std::uint64_t block)
    {
        auto upper = std::uint64_t{nonce[0]} | std::uint64_t{nonce[1]} << 8 | std::uint64_t{nonce[2]} << 16 |
                     std::uint64_t{nonce[3]} << 24;
        cipher.seek(nonce.subspan(4), upper << 32 | block);
    }
    ByteVector seal(Bytes plain)
    {
        auto text = to_vector(plain);
        seek(1);
        cipher.apply(text);
        return text;
    }
    ByteVector tag(Bytes additional, Bytes sealed)
    {
        ByteVector key(32), message, result(Poly1305::tag_size);
        seek(0);
        cipher.apply(key);
        append_padded(message, additional);
        append_padded(message, sealed);
        append_length(message, additional.size());
        append_length(message, sealed.size());
        Poly1305{}.compute(key, message, result);
        return result;
    }
};

} // namespace

TEST(Wycheproof, Ed25519)
{
    EvpKey key;
    for (auto& known : test::read_vectors("wycheproof_ed25519.vec")) {
        if (known.has("Public")) {
            key = ed25519_public(known.bytes("Public"));
            ASSERT_TRUE(key) << "line " << known.line;
            continue;
        }
        EXPECT_EQ(ed25519_verify(key, known.bytes("Message"), known.bytes("Signature")), must_hold(known))
            << "line " << known.line;
    }
}

TEST(Wycheproof, Ecdsa)
{
    EvpKey key;
    auto hash = HashKind::sha256;
    for (auto& known : test::read_vectors("wycheproof_ecdsa.vec")) {
        if (known.has("Curve")) {
            auto& name = known.text("Curve");
            auto curve = name == "P-256" ? Curve::nistp256 : name == "P-384" ? Curve::nistp384 : Curve::nistp521;
            hash = name == "P-256" ? HashKind::sha256 : name == "P-384" ? HashKind::sha384 : HashKind::sha512;
            key = ecdsa_public(curve, known.bytes("Point"));
            ASSERT_TRUE(key) << "line " << known.line;
            continue;
        }
        EXPECT_EQ(ecdsa_verify(key, hash, known.bytes("Message"), known.bytes("R"), known.bytes("S")), must_hold(known))
            << "line " << known.line;
    }
}

TEST(Wycheproof, RsaPkcs1)
{
    EvpKey key;
    auto hash = HashKind::sha256;
    for (auto& known : test::read_vectors("wycheproof_rsa.vec")) {
        if (known.has("Modulus")) {
            key = rsa_public(known.bytes("Modulus"), known.bytes("Exponent"));
            hash = known.text("Hash") == "sha256" ? HashKind::sha256 : HashKind::sha512;
            ASSERT_TRUE(key) << "line " << known.line;
            continue;
        }
        EXPECT_EQ(rsa_verify(key, hash, known.bytes("Message"), known.bytes("Signature")), must_hold(known))
            << "line " << known.line;
    }
}

TEST(Wycheproof, Ecdh)
{
    for (auto& known : test::read_vectors("wycheproof_ecdh.vec")) {
        auto& name = known.text("section");
        auto curve = name == "nistp256" ? EcdhCurve::nistp256
                   : name == "nistp384" ? EcdhCurve::nistp384
                                        : EcdhCurve::nistp521;
        auto key = EcdhKey::from_private(curve, SecretBytes::copy_of(known.bytes("Private")));
        if (!key && !known.has("Shared"))
            continue;
        ASSERT_TRUE(key) << "line " << known.line;
        auto shared = key->agree(known.bytes("Peer"));
        ASSERT_EQ(shared.has_value(), known.has("Shared")) << "line " << known.line;
        if (shared) {
            EXPECT_EQ(to_hex(shared->bytes()), known.text("Shared")) << "line " << known.line;
        }
    }
}

TEST(Wycheproof, X25519)
{
    for (auto& known : test::read_vectors("wycheproof_x25519.vec")) {
        auto shared = X25519Key{SecretBytes::copy_of(known.bytes("Private"))}.agree(known.bytes("Peer"));
        ASSERT_EQ(shared.has_value(), known.has("Shared")) << "line " << known.line;
        if (shared) {
            EXPECT_EQ(to_hex(shared->bytes()), known.text("Shared")) << "line " << known.line;
        }
    }
}

TEST(Wycheproof, AesGcm)
{
    for (auto& known : test::read_vectors("wycheproof_aes_gcm.vec")) {
        AesGcm gcm{known.bytes("Key")};
        auto text = known.bytes("Cipher");
        bool opens = gcm.open(known.bytes("Nonce"), known.bytes("Additional"), text, known.bytes("Tag"));
        ASSERT_EQ(opens, must_hold(known)) << "line " << known.line;
        if (!opens)
            continue;
        EXPECT_EQ(text, known.bytes("Plain")) << "line " << known.line;
        ByteVector tag(AesGcm::tag_size);
        gcm.seal(known.bytes("Nonce"), known.bytes("Additional"), text, tag);
        EXPECT_EQ(text, known.bytes("Cipher")) << "line " << known.line;
        EXPECT_EQ(tag, known.bytes("Tag")) << "line " << known.line;
    }
}

TEST(Wycheproof, ChaCha20AndPoly1305)
{
    for (auto& known : test::read_vectors("wycheproof_chacha20_poly1305.vec")) {
        auto nonce = known.bytes("Nonce");
        Rfc8439 aead{ChaCha20{known.bytes("Key")}, nonce};
        EXPECT_EQ(aead.tag(known.bytes("Additional"), known.bytes("Cipher")) == known.bytes("Tag"), must_hold(known))
            << "line " << known.line;
        if (must_hold(known)) {
            EXPECT_EQ(aead.seal(known.bytes("Plain")), known.bytes("Cipher")) << "line " << known.line;
        }
    }
}

} // namespace nacre
