#include "crypto/aes.h"

#include <gtest/gtest.h>

#include "support/seeded_random.h"
#include "support/vectors.h"

namespace nacre {
namespace {

TEST(AesCtr, AgreesWithSp800_38a)
{
    for (auto& vector : test::read_vectors("aes_ctr.vec")) {
        AesCtr ctr{vector.bytes("Key"), vector.bytes("Iv")};
        auto text = vector.bytes("Plain");
        ctr.apply(0, text);
        EXPECT_EQ(text, vector.bytes("Cipher")) << "line " << vector.line;
    }
}

TEST(AesCtr, MayBeEnteredAtAnyBlock)
{
    test::SeededRandom random{1};
    auto key = random.bytes<32>();
    AesBlock iv;
    iv.fill(0xff);                                                // the counter wraps at once
    AesCtr ctr{key, iv};
    ByteVector stream(16 * 600);
    ctr.apply(0, stream);

    for (int i = 0; i < 100; ++i) {
        std::size_t first = random.below(600), count = random.below(600 - first) + 1;
        ByteVector part(16 * count);
        ctr.apply(16 * first, part);
        EXPECT_TRUE(same_bytes(part, Bytes{stream}.subspan(16 * first, 16 * count))) << first << ' ' << count;
    }
}

TEST(AesCtr, LookingAtABlockDisturbsNothing)
{
    test::SeededRandom random{2};
    auto key = random.bytes<16>(), iv = random.bytes<16>();
    AesCtr ctr{key, iv};
    ByteVector stream(64);
    AesCtr{key, iv}.apply(0, stream);

    ByteVector first(32), second(32);
    ctr.apply(0, first);
    EXPECT_TRUE(same_bytes(ctr.block(48), Bytes{stream}.subspan(48)));
    EXPECT_TRUE(same_bytes(ctr.block(0), Bytes{stream}.first(16)));
    ctr.apply(32, second);
    EXPECT_TRUE(same_bytes(second, Bytes{stream}.subspan(32)));
}

TEST(AesGcm, AgreesWithTheSubmissionToNist)
{
    for (auto& vector : test::read_vectors("aes_gcm.vec")) {
        AesGcm gcm{vector.bytes("Key")};
        auto nonce = vector.bytes("Nonce"), associated = vector.bytes("Associated"), text = vector.bytes("Plain");
        ByteVector tag(AesGcm::tag_size);
        gcm.seal(nonce, associated, text, tag);
        EXPECT_EQ(text, vector.bytes("Cipher")) << "line " << vector.line;
        EXPECT_EQ(tag, vector.bytes("Tag")) << "line " << vector.line;
        // The same object in the other direction.
        EXPECT_TRUE(gcm.open(nonce, associated, text, tag));
        EXPECT_EQ(text, vector.bytes("Plain")) << "line " << vector.line;
    }
}

TEST(AesGcm, RefusesWhateverWasChanged)
{
    test::SeededRandom random{3};
    AesGcm gcm{random.bytes<16>()};
    auto nonce = random.bytes<12>();
    const ByteVector plain(40, 7), associated(4, 1);
    auto sealed = plain;
    ByteVector tag(16);
    gcm.seal(nonce, associated, sealed, tag);
    auto opens = [&](Bytes with_associated, ByteVector text, Bytes with_tag) {
        return gcm.open(nonce, with_associated, text, with_tag);
    };
    EXPECT_TRUE(opens(associated, sealed, tag));
    for (std::size_t bit = 0; bit < 8 * 16; ++bit) {
        auto wrong = tag;
        wrong[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_FALSE(opens(associated, sealed, wrong));
    }
    auto wrong = sealed;
    wrong.back() ^= 1;
    EXPECT_FALSE(opens(associated, wrong, tag));
    EXPECT_FALSE(opens(ByteVector(4, 2), sealed, tag));
    EXPECT_TRUE(opens(associated, sealed, tag));
}

} // namespace
} // namespace nacre
