#include "crypto/library.h"

#include "base/contract.h"

namespace nacre {

OSSL_LIB_CTX* libcrypto()
{
    static const auto started = start_libcrypto();
    NACRE_EXPECTS(started);
    return *started;
}

const EVP_CIPHER* fetch_cipher(const char* name)
{
    const auto* cipher = EVP_CIPHER_fetch(libcrypto(), name, nullptr);
    NACRE_EXPECTS(cipher != nullptr);
    return cipher;
}

const EVP_MD* fetch_digest(const char* name)
{
    const auto* digest = EVP_MD_fetch(libcrypto(), name, nullptr);
    NACRE_EXPECTS(digest != nullptr);
    return digest;
}

EVP_MAC* fetch_mac(const char* name)
{
    auto* mac = EVP_MAC_fetch(libcrypto(), name, nullptr);
    NACRE_EXPECTS(mac != nullptr);
    return mac;
}

} // namespace nacre
