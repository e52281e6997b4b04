#include "crypto/library.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/ecdh.h"
#include "crypto/random.h"
#include "crypto/sign.h"

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
    Key key{EVP_PKEY_Q_keygen(libcrypto(), nullptr, "EC", "P-256")};
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
        std::_Exit(drawn && fetch_digest("SHA2-256") && ERR_peek_error() == 0 ? 0 : 1);
    };
    EXPECT_EXIT(use(), testing::ExitedWithCode(0), "");
}

// Names, generators and properties: as if we were not there.
TEST(LibraryDeathTest, OthersMayUseItAfterwards)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    auto use = [] {
        auto ours = [] {
            SystemRandom random;
            EcdhKey agreed{EcdhCurve::nistp256, random};
            return ecdsa_sign(ecdsa_generate(Curve::nistp256), HashKind::sha256, {}).has_value() &&
                   !ed25519_sign(ed25519_private(ByteVector(ed25519_key_size, 1)), {}).empty();
        };
        bool before = ours();
        bool names = EVP_get_cipherbyname("aes-256-gcm") != nullptr && EVP_get_digestbyname("sha3-256") != nullptr;
        bool generator = EVP_RAND_is_a(EVP_RAND_CTX_get0_rand(RAND_get0_primary(nullptr)), "CTR-DRBG") == 1;
        bool preferred = EVP_set_default_properties(nullptr, "fips=yes") == 1;
        std::_Exit(before && names && generator && preferred && ours() && fetch_cipher("ChaCha20") ? 0 : 1);
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
