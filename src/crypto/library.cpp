#include "crypto/library.h"

#include <openssl/crypto.h>

#include "base/contract.h"

namespace nacre {

void prepare_libcrypto()
{
    // No at-exit cleaning either: it walks every table of the library for a process that is about to vanish.
    static const bool ready =
        OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr) == 1;
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
