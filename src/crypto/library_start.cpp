// libcrypto in a program of somebody else's.  A file of its own: our programs put another function in its place.
#include <openssl/crypto.h>

#include "crypto/library.h"

namespace nacre {

// Whatever OPENSSL_init_crypto() is asked to leave out once is left out for the whole process, so it is not asked.  A new
// context reads no configuration and has the built-in provider.
std::optional<OSSL_LIB_CTX*> start_libcrypto()
{
    auto* own = OSSL_LIB_CTX_new();
    return own != nullptr ? std::optional{own} : std::nullopt;
}

} // namespace nacre
