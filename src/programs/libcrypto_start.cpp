// How our programs start libcrypto, which nobody in them uses but us: without its configuration file and names, whose reading
// and registering costs a process more than a millisecond.
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <cstdint>

#include "crypto/library.h"

namespace nacre {

// The library would register some 200 names of ciphers and digests for its older functions, and again with every kind
// of algorithm that is fetched: most of a millisecond per process.  crypto/library_names.cpp has the few that are looked up.
std::optional<OSSL_LIB_CTX*> start_libcrypto()
{
    // No texts for errors, which are ours to word.  No cleaning at exit: it walks every table of the library for a
    // process that is about to vanish.
    constexpr std::uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                                      OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
                                      OPENSSL_INIT_NO_ATEXIT;
    // Names come before the first fetch, which copies them.  The library's own generator, for its signatures and keys
    // (SystemRandom does without), is by default built on a cipher, and with the first cipher all of them are listed:
    // 1 ms and 160 KiB that a hash does not cost.  A library that we link may have used that one before: then it stays.
    if (OPENSSL_init_crypto(options, nullptr) != 1 || !register_libcrypto_names())
        return std::nullopt;
    ERR_set_mark();
    (void)RAND_set_DRBG_type(nullptr, "HASH-DRBG", nullptr, nullptr, "SHA256");
    ERR_pop_to_mark();
    return nullptr;
}

} // namespace nacre
