#include "crypto/mldsa.h"

#include <gtest/gtest.h>

#include "crypto/keccak.h"
#include "support/seeded_random.h"
#include "support/vectors.h"

namespace nacre {
namespace {

const ByteVector no_randomness(32);

SecretBytes seed_of(test::SeededRandom& random)
{
    SecretBytes seed(MlDsa44::seed_size);
    random.fill(seed.bytes());
    return seed;
}

// The accumulated vectors of C2SP/CCTV: seeds come out of one SHAKE-128, keys and signatures go into another.
TEST(MlDsa44, GivesTheAccumulatedVectors)
{
    for (auto& vector : test::read_vectors("mldsa.vec")) {
        int count = std::stoi(vector.text("Count"));
#ifndef NDEBUG
        if (count > 100)
            continue;                                             // minutes without optimisation
#endif
        Sponge source{shake128}, sum{shake128};
        SecretBytes seed(MlDsa44::seed_size);
        for (int i = 0; i < count; ++i) {
            source.squeeze(seed.bytes());
            MlDsa44 key{seed};
            auto signature = key.sign_with({}, {}, no_randomness);
            ASSERT_TRUE(MlDsa44::verify(key.public_key(), {}, {}, signature));
            sum.absorb(key.public_key()).absorb(signature);
        }
        ByteVector digest(32);
        sum.squeeze(digest);
        EXPECT_EQ(to_hex(digest), vector.text("Digest"));
    }
}

TEST(MlDsa44, ASignatureIsOfOneMessageContextAndKey)
{
    test::SeededRandom random{1};
    MlDsa44 key{seed_of(random)}, other{seed_of(random)};
    auto message = to_vector(as_bytes("message")), context = to_vector(as_bytes("context"));
    auto signature = key.sign(message, context, random);
    EXPECT_TRUE(MlDsa44::verify(key.public_key(), message, context, signature));
    EXPECT_NE(key.sign(message, context, random), signature) << "hedged";
    EXPECT_FALSE(MlDsa44::verify(key.public_key(), context, context, signature));
    EXPECT_FALSE(MlDsa44::verify(key.public_key(), message, message, signature));
    EXPECT_FALSE(MlDsa44::verify(key.public_key(), message, {}, signature));
    EXPECT_FALSE(MlDsa44::verify(other.public_key(), message, context, signature));
    EXPECT_EQ(key.private_key().size(), MlDsa44::private_key_size);
}

TEST(MlDsa44, ChangedSignaturesAndKeysAreRefused)
{
    test::SeededRandom random{2};
    MlDsa44 key{seed_of(random)};
    auto message = to_vector(as_bytes("message"));
    const auto signature = key.sign(message, {}, random);
    for (int i = 0; i < 40; ++i) {
        auto changed = signature;
        changed[random.below(changed.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
        EXPECT_FALSE(MlDsa44::verify(key.public_key(), message, {}, changed));
        auto changed_key = to_vector(key.public_key());
        changed_key[random.below(changed_key.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
        EXPECT_FALSE(MlDsa44::verify(changed_key, message, {}, signature));
    }
}

TEST(MlDsa44, OtherLengthsAndHostileBytesAreRefused)
{
    test::SeededRandom random{3};
    MlDsa44 key{seed_of(random)};
    auto signature = key.sign({}, {}, random);
    EXPECT_FALSE(MlDsa44::verify(key.public_key(), {}, {}, Bytes{signature}.first(signature.size() - 1)));
    EXPECT_FALSE(MlDsa44::verify(key.public_key(), {}, {}, {}));
    EXPECT_FALSE(MlDsa44::verify(key.public_key().first(1311), {}, {}, signature));
    EXPECT_FALSE(MlDsa44::verify({}, {}, {}, signature));
    EXPECT_FALSE(MlDsa44::verify(key.public_key(), {}, ByteVector(256), signature));
    for (int filler : {0x00, 0x7f, 0xff})
        EXPECT_FALSE(MlDsa44::verify(ByteVector(1312, static_cast<std::uint8_t>(filler)), {}, {},
                                     ByteVector(2420, static_cast<std::uint8_t>(filler))));
}

// §D.3: each set of hints has one encoding.
TEST(MlDsa44, HintsHaveOneEncoding)
{
    test::SeededRandom random{4};
    MlDsa44 key{seed_of(random)};
    auto signature = key.sign({}, {}, random);
    auto* hints = &signature[signature.size() - 84];
    std::size_t used = hints[83];
    ASSERT_TRUE(used >= 2 && used < 80);
    auto refused = [&] { return !MlDsa44::verify(key.public_key(), {}, {}, signature); };
    ASSERT_FALSE(refused());
    hints[79] = 1;                                                // behind the last one
    EXPECT_TRUE(refused());
    hints[79] = 0;
    hints[83] = 81;                                               // more than there may be
    EXPECT_TRUE(refused());
    hints[83] = static_cast<std::uint8_t>(used);
    std::swap(hints[80], hints[83]);                              // counts that fall
    EXPECT_TRUE(refused());
    std::swap(hints[80], hints[83]);
    std::size_t row = 80;
    while (hints[row] - (row == 80 ? 0 : hints[row - 1]) < 2)
        ++row;
    std::size_t first = row == 80 ? 0 : hints[row - 1];
    std::swap(hints[first], hints[first + 1]);                    // not in order
    EXPECT_TRUE(refused());
}

} // namespace
} // namespace nacre
