#include <openssl/evp.h>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

namespace {

bool register_names()
{
    bool ok = true;
    for (const auto* cipher : {EVP_aes_128_cbc(), EVP_aes_192_cbc(), EVP_aes_256_cbc(), EVP_des_ede3_cbc()})
        ok = ok && EVP_add_cipher(cipher) == 1;
    for (const auto* digest : {EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()})
        ok = ok && EVP_add_digest(digest) == 1;
    return ok;
}

} // namespace

void prepare_libcrypto_for_pem()
{
    prepare_libcrypto();
    static const bool ready = register_names();
    NACRE_EXPECTS(ready);
}

} // namespace nacre
