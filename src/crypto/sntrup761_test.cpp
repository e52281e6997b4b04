#include "crypto/sntrup761.h"

#include <gtest/gtest.h>

#include "crypto/aes.h"
#include "crypto/hash.h"
#include "support/seeded_random.h"
#include "support/vectors.h"

namespace nacre {
namespace {

// The generator of NIST's known answers: AES-256 CTR_DRBG (SP 800-90A §10.2.1) without derivation function.
class NistRandom final : public Random {
public:
    explicit NistRandom(Bytes seed) { update(seed); }

    void fill(MutableBytes bytes) override
    {
        while (!bytes.empty()) {
            auto block = next_block();
            auto part = bytes.first(std::min(block.size(), bytes.size()));
            std::copy_n(block.begin(), part.size(), part.begin());
            bytes = bytes.subspan(part.size());
        }
        update({});
    }

private:
    AesBlock next_block()
    {
        for (std::size_t i = 16; i-- > 0 && ++counter_[i] == 0;) {
        }
        return AesCtr{key_, counter_}.block(0);
    }
    void update(Bytes seed)
    {
        ByteVector fresh;
        for (int i = 0; i < 3; ++i) {
            auto block = next_block();
            fresh.insert(fresh.end(), block.begin(), block.end());
        }
        for (std::size_t i = 0; i < seed.size(); ++i)
            fresh[i] ^= seed[i];
        std::copy_n(fresh.begin(), 32, key_.begin());
        std::copy_n(fresh.begin() + 32, 16, counter_.begin());
    }

    std::array<std::uint8_t, 32> key_{};
    AesBlock counter_{};
};

std::string upper_hex(Bytes bytes)
{
    auto text = to_hex(bytes);
    for (auto& letter : text)
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    return text;
}

TEST(Sntrup761, GivesTheFirstKnownAnswer)
{
    for (auto& vector : test::read_vectors("sntrup761.vec")) {
        ByteVector entropy(48), seed(48);
        for (std::size_t i = 0; i < entropy.size(); ++i)
            entropy[i] = static_cast<std::uint8_t>(i);
        NistRandom{entropy}.fill(seed);
        NistRandom random{seed};
        Sntrup761 key{random};
        auto sent = Sntrup761::encapsulate(key.public_key(), random);
        ASSERT_TRUE(sent);
        auto answer = "count = 0\nseed = " + upper_hex(seed) + "\npk = " + upper_hex(key.public_key()) +
                      "\nsk = " + upper_hex(key.private_key().bytes()) + "\nct = " + upper_hex(sent->ciphertext) +
                      "\nss = " + upper_hex(sent->secret.bytes()) + "\n";
        EXPECT_EQ(to_hex(hash_of(HashKind::sha256, as_bytes(answer))), vector.text("Digest"));
    }
}

TEST(Sntrup761, BothSidesAgree)
{
    test::SeededRandom random{1};
    for (int i = 0; i < 3; ++i) {
        Sntrup761 key{random};
        auto sent = Sntrup761::encapsulate(key.public_key(), random);
        ASSERT_TRUE(sent);
        EXPECT_EQ(sent->ciphertext.size(), Sntrup761::ciphertext_size);
        EXPECT_TRUE(*key.decapsulate(sent->ciphertext) == sent->secret);
        EXPECT_FALSE(*Sntrup761{random}.decapsulate(sent->ciphertext) == sent->secret);
    }
}

TEST(Sntrup761, AChangedCiphertextGivesASecretOfItsOwn)
{
    test::SeededRandom random{2};
    Sntrup761 key{random};
    auto sent = Sntrup761::encapsulate(key.public_key(), random);
    auto changed = sent->ciphertext;
    for (std::size_t at : {std::size_t{0}, std::size_t{500}, std::size_t{1006}, std::size_t{1007}, std::size_t{1038}}) {
        changed = sent->ciphertext;
        changed[at] ^= 1;
        auto received = key.decapsulate(changed);
        ASSERT_TRUE(received);
        // Hash0(Hash3(rho), c), from the fourth part of the private key.
        auto private_key = key.private_key();
        ByteVector rho{3};
        auto part = private_key.bytes().subspan(2 * 191 + Sntrup761::public_key_size, 191);
        rho.insert(rho.end(), part.begin(), part.end());
        auto inner = hash_of(HashKind::sha512, rho);
        ByteVector outer{0};
        outer.insert(outer.end(), inner.begin(), inner.begin() + 32);
        outer.insert(outer.end(), changed.begin(), changed.end());
        EXPECT_TRUE(same_bytes(received->bytes(), Bytes{hash_of(HashKind::sha512, outer)}.first(32)));
    }
}

TEST(Sntrup761, AnyBytesOfTheRightLengthDoNoHarm)
{
    test::SeededRandom random{3};
    Sntrup761 key{random};
    for (int number : {0, 1, 0x7f, 0x80, 0xff}) {
        auto filler = static_cast<std::uint8_t>(number);
        EXPECT_TRUE(key.decapsulate(ByteVector(Sntrup761::ciphertext_size, filler)));
        EXPECT_TRUE(Sntrup761::encapsulate(ByteVector(Sntrup761::public_key_size, filler), random));
    }
}

TEST(Sntrup761, RefusesOtherLengths)
{
    test::SeededRandom random{4};
    Sntrup761 key{random};
    for (std::size_t size : {0u, 1u, 1007u, 1038u, 1040u, 1158u})
        EXPECT_FALSE(key.decapsulate(ByteVector(size)));
    for (std::size_t size : {0u, 1u, 1039u, 1157u, 1159u})
        EXPECT_FALSE(Sntrup761::encapsulate(ByteVector(size), random));
}

} // namespace
} // namespace nacre
