#include "crypto/library.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace nacre {
namespace {

using Key = LibcryptoPtr<EVP_PKEY, EVP_PKEY_free>;
using Bio = LibcryptoPtr<BIO, BIO_free>;

int passphrase(char* into, int, int, void*)
{
    std::string_view text = "secret";
    text.copy(into, text.size());
    return static_cast<int>(text.size());
}

bool reads_back(BIO* bio, EVP_PKEY* expected)
{
    Key key{PEM_read_bio_PrivateKey(bio, nullptr, passphrase, nullptr)};
    return key && EVP_PKEY_eq(key.get(), expected) == 1;
}

// The library looks up by name what it was started without.
TEST(Library, StillReadsEncryptedPemFiles)
{
    prepare_libcrypto();
    Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
    ASSERT_TRUE(key);
    for (const auto* name : {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC"}) {
        Bio traditional{BIO_new(BIO_s_mem())}, pkcs8{BIO_new(BIO_s_mem())};
        const auto* cipher = fetch_cipher(name);
        ASSERT_EQ(PEM_write_bio_PrivateKey_traditional(traditional.get(), key.get(), EVP_get_cipherbyname(name),
                                                       nullptr, 0, passphrase, nullptr), 1) << name;
        EXPECT_TRUE(reads_back(traditional.get(), key.get())) << name;
        ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(pkcs8.get(), key.get(), cipher, nullptr, 0, passphrase, nullptr), 1);
        EXPECT_TRUE(reads_back(pkcs8.get(), key.get())) << name;
    }
}

// A program that we are a part of, or a library that it loads.
TEST(LibraryDeathTest, OthersMayHaveUsedItBefore)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");               // a process in which nothing was prepared
    auto use = [] {
        std::uint8_t byte = 0;
        bool drawn = RAND_bytes(&byte, 1) == 1;
        prepare_libcrypto();
        std::_Exit(drawn && ERR_peek_error() == 0 && fetch_digest("SHA2-256") ? 0 : 1);   // its generators stay
    };
    EXPECT_EXIT(use(), testing::ExitedWithCode(0), "");
}

TEST(Library, AlgorithmsAreFetchedByEveryNameWeUse)
{
    for (const auto* name : {"AES-128-CTR", "AES-256-GCM", "ChaCha20"})
        EXPECT_TRUE(EVP_CIPHER_is_a(fetch_cipher(name), name));
    EXPECT_EQ(EVP_MD_get_size(fetch_digest("SHA2-512")), 64);
}

} // namespace
} // namespace nacre
