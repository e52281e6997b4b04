#include "crypto/mlkem.h"

#include <gtest/gtest.h>

#include "crypto/keccak.h"
#include "support/seeded_random.h"
#include "support/vectors.h"

namespace nacre {
namespace {

template <class Kem>
class MlKemOf : public testing::Test {};
using Sizes = testing::Types<MlKem768, MlKem1024>;
TYPED_TEST_SUITE(MlKemOf, Sizes);

template <class Kem>
constexpr std::string_view name_of = std::is_same_v<Kem, MlKem768> ? "ML-KEM-768" : "ML-KEM-1024";

// The accumulated vectors of C2SP/CCTV: everything comes out of one SHAKE-128, everything goes into another.
template <class Kem>
std::string accumulated(int count, bool with_private_keys)
{
    Sponge source{shake128}, sum{shake128};
    SecretBytes seed(Kem::seed_size), message(Kem::message_size);
    ByteVector noise(Kem::ciphertext_size);
    for (int i = 0; i < count; ++i) {
        source.squeeze(seed.bytes());
        source.squeeze(message.bytes());
        source.squeeze(noise);
        Kem key{seed};
        auto sent = Kem::encapsulate(key.public_key(), message);
        sum.absorb(key.public_key());
        if (with_private_keys)
            sum.absorb(key.private_key().bytes());
        sum.absorb(sent->ciphertext).absorb(sent->secret.bytes());
        sum.absorb(key.decapsulate(noise)->bytes());
        EXPECT_TRUE(*key.decapsulate(sent->ciphertext) == sent->secret);
    }
    ByteVector digest(32);
    sum.squeeze(digest);
    return to_hex(digest);
}

TYPED_TEST(MlKemOf, GivesTheAccumulatedVectors)
{
    for (auto& vector : test::read_vectors("mlkem.vec")) {
        int count = std::stoi(vector.text("Count"));
#ifndef NDEBUG
        if (count > 100)
            continue;                                             // minutes without optimisation
#endif
        if (vector.text("section") != name_of<TypeParam>)
            continue;
        EXPECT_EQ(accumulated<TypeParam>(count, vector.text("PrivateKeys") == "yes"), vector.text("Digest"))
            << "line " << vector.line;
    }
}

TYPED_TEST(MlKemOf, BothSidesAgree)
{
    test::SeededRandom random{1};
    TypeParam key{random};
    auto sent = TypeParam::encapsulate(key.public_key(), random);
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->ciphertext.size(), TypeParam::ciphertext_size);
    auto received = key.decapsulate(sent->ciphertext);
    ASSERT_TRUE(received);
    EXPECT_TRUE(*received == sent->secret);
    TypeParam other{random};
    EXPECT_FALSE(*other.decapsulate(sent->ciphertext) == sent->secret);
}

TYPED_TEST(MlKemOf, AChangedCiphertextGivesASecretOfItsOwn)
{
    test::SeededRandom random{2};
    TypeParam key{random};
    auto sent = TypeParam::encapsulate(key.public_key(), random);
    auto private_key = key.private_key();
    for (int i = 0; i < 20; ++i) {
        auto changed = sent->ciphertext;
        changed[random.below(changed.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
        auto received = key.decapsulate(changed);
        ASSERT_TRUE(received);
        // J(z || c), §6.3.
        SecretBytes expected(32);
        Sponge{shake256}.absorb(private_key.bytes().last(32)).absorb(changed).squeeze(expected.bytes());
        EXPECT_TRUE(*received == expected);
    }
}

TYPED_TEST(MlKemOf, RefusesOtherLengths)
{
    test::SeededRandom random{3};
    TypeParam key{random};
    auto sent = TypeParam::encapsulate(key.public_key(), random);
    EXPECT_FALSE(key.decapsulate(Bytes{sent->ciphertext}.first(sent->ciphertext.size() - 1)));
    EXPECT_FALSE(key.decapsulate(ByteVector(sent->ciphertext.size() + 1)));
    EXPECT_FALSE(key.decapsulate({}));
    EXPECT_FALSE(TypeParam::encapsulate(key.public_key().first(TypeParam::public_key_size - 1), random));
    EXPECT_FALSE(TypeParam::encapsulate(ByteVector(TypeParam::public_key_size + 1), random));
    EXPECT_FALSE(TypeParam::encapsulate({}, random));
}

// §7.2: every number of 12 bits from 3329 on, wherever it stands.
TYPED_TEST(MlKemOf, RefusesKeysWithNumbersThatAreNotBelowTheModulus)
{
    test::SeededRandom random{4};
    TypeParam key{random};
    for (unsigned number : {3329u, 3330u, 4000u, 4095u})
        for (int i = 0; i < 20; ++i) {
            auto changed = to_vector(key.public_key());
            std::size_t pair = random.below((changed.size() - 32) / 3);
            auto* at = &changed[3 * pair];
            if (random.one_in(2)) {
                at[0] = static_cast<std::uint8_t>(number);
                at[1] = static_cast<std::uint8_t>((at[1] & 0xf0) | number >> 8);
            } else {
                at[1] = static_cast<std::uint8_t>((at[1] & 0x0f) | (number & 0xf) << 4);
                at[2] = static_cast<std::uint8_t>(number >> 4);
            }
            EXPECT_FALSE(TypeParam::encapsulate(changed, random));
        }
}

} // namespace
} // namespace nacre
