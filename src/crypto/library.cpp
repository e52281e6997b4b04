#include "crypto/library.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <cstdint>

#include "base/contract.h"

namespace nacre {

namespace {

// The library would register some 200 names of ciphers and digests for its older functions, and again with every kind
// of algorithm that is fetched: most of a millisecond per process.  library_names.cpp has the few that are looked up.
bool start()
{
    // No texts for errors, which are ours to word.  No cleaning at exit: it walks every table of the library for a
    // process that is about to vanish.
    constexpr std::uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                                      OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
                                      OPENSSL_INIT_NO_ATEXIT;
    // Names come before the first fetch, which copies them.  The library's own generator, for its signatures and keys
    // (SystemRandom does without), is by default built on a cipher, and with the first cipher all of them are listed:
    // 1 ms and 160 KiB that a hash does not cost.  Whoever shares the library with us may have used that one before:
    // then it stays as it is.
    bool ready = OPENSSL_init_crypto(options, nullptr) == 1 && register_libcrypto_names();
    ERR_set_mark();
    (void)RAND_set_DRBG_type(nullptr, "HASH-DRBG", nullptr, nullptr, "SHA256");
    ERR_pop_to_mark();
    return ready;
}

} // namespace

void prepare_libcrypto()
{
    static const bool ready = start();
    NACRE_EXPECTS(ready);
}

const EVP_CIPHER* fetch_cipher(const char* name)
{
    prepare_libcrypto();
    const auto* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
    NACRE_EXPECTS(cipher != nullptr);
    return cipher;
}

const EVP_MD* fetch_digest(const char* name)
{
    prepare_libcrypto();
    const auto* digest = EVP_MD_fetch(nullptr, name, nullptr);
    NACRE_EXPECTS(digest != nullptr);
    return digest;
}

EVP_MAC* fetch_mac(const char* name)
{
    prepare_libcrypto();
    auto* mac = EVP_MAC_fetch(nullptr, name, nullptr);
    NACRE_EXPECTS(mac != nullptr);
    return mac;
}

} // namespace nacre
