#include "crypto/aes_gcm_wide.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "crypto/library.h"
#include "support/seeded_random.h"

namespace nacre {
namespace {

using CipherContext = LibcryptoPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

struct Sealed {
    ByteVector text, tag;
    bool operator==(const Sealed&) const = default;
};

Sealed sealed_by_libcrypto(Bytes key, Bytes nonce, Bytes associated, Bytes text)
{
    CipherContext context{EVP_CIPHER_CTX_new()};
    const auto* cipher = key.size() == 16 ? EVP_aes_128_gcm() : key.size() == 24 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
    int written = 0;
    EVP_EncryptInit_ex(context.get(), cipher, nullptr, key.data(), nonce.data());
    EVP_EncryptUpdate(context.get(), nullptr, &written, associated.data(), static_cast<int>(associated.size()));
    Sealed sealed{ByteVector(text.size()), ByteVector(16)};
    EVP_EncryptUpdate(context.get(), sealed.text.data(), &written, text.data(), static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(context.get(), sealed.tag.data(), &written);
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16, sealed.tag.data());
    return sealed;
}

// By the size of the key.  On a processor without the instructions there is nothing to test: AesGcm uses libcrypto there.
class WideGcm : public testing::TestWithParam<std::size_t> {};

TEST_P(WideGcm, AgreesWithLibcryptoForEveryLength)
{
    test::SeededRandom random{GetParam()};
    for (std::size_t length = 0; length < 900; ++length) {
        ByteVector key(GetParam()), nonce(12), associated(random.below(40)), text(length);
        for (auto* bytes : {&key, &nonce, &associated, &text})
            random.fill(*bytes);
        auto expected = sealed_by_libcrypto(key, nonce, associated, text);
        WideAesGcm gcm{key};
        Sealed ours{text, ByteVector(16)};
        gcm.seal(nonce, associated, ours.text, ours.tag);
        ASSERT_EQ(ours, expected) << length;
        ASSERT_TRUE(gcm.open(nonce, associated, ours.text, ours.tag)) << length;
        ASSERT_EQ(ours.text, text) << length;
    }
}

TEST_P(WideGcm, TouchesNothingAroundItsText)
{
    test::SeededRandom random{7};
    WideAesGcm gcm{random.bytes<32>()};
    auto nonce = random.bytes<12>();
    for (std::size_t length = 0; length < 300; ++length) {
        ByteVector memory(length + 128, 0x5a), tag(16);
        gcm.seal(nonce, {}, MutableBytes{memory}.subspan(64, length), tag);
        for (std::size_t i = 0; i < 64; ++i)
            ASSERT_TRUE(memory[i] == 0x5a && memory[64 + length + i] == 0x5a) << length;
    }
}

TEST_P(WideGcm, RefusesAnyChangedBit)
{
    test::SeededRandom random{9};
    ByteVector key(GetParam()), nonce(12), associated(4), text(333), tag(16);
    random.fill(key);
    WideAesGcm gcm{key};
    gcm.seal(nonce, associated, text, tag);
    for (std::size_t bit = 0; bit < text.size() * 8; bit += 5) {
        auto changed = text;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        ASSERT_FALSE(gcm.open(nonce, associated, changed, tag)) << bit;
    }
    for (std::size_t bit = 0; bit < tag.size() * 8; ++bit) {
        auto copy = text, changed = tag;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        ASSERT_FALSE(gcm.open(nonce, associated, copy, changed)) << bit;
    }
}

std::vector<std::size_t> key_sizes_if_supported()
{
    return WideAesGcm::is_supported() ? std::vector<std::size_t>{16, 24, 32} : std::vector<std::size_t>{};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WideGcm);
INSTANTIATE_TEST_SUITE_P(Keys, WideGcm, testing::ValuesIn(key_sizes_if_supported()));

} // namespace
} // namespace nacre
