// The names of algorithms that encrypted PEM files carry.  A file of its own: programs that read none put an empty
// function in its place and do not carry what the names stand for (programs/library_algorithms.cpp).
#include <openssl/evp.h>

#include "crypto/library.h"

namespace nacre {

bool register_libcrypto_names()
{
    bool ok = true;
    for (const auto* cipher : {EVP_aes_128_cbc(), EVP_aes_192_cbc(), EVP_aes_256_cbc(), EVP_des_ede3_cbc()})
        ok = ok && EVP_add_cipher(cipher) == 1;
    for (const auto* digest : {EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()})
        ok = ok && EVP_add_digest(digest) == 1;
    return ok;
}

} // namespace nacre
