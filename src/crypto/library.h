// libcrypto behind one door: where it is told to look for algorithms, which are fetched once.
//
// Whoever uses libcrypto in this folder or in keys/ goes through a function named here, or makes its calls in libcrypto().
// Only .cpp files include this header.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>

namespace nacre {

// Where all calls look for algorithms, for those that take an OSSL_LIB_CTX.  Started with the first call; later ones cost
// a load.
OSSL_LIB_CTX* libcrypto();

// How it is started, which is decided when a program is linked.  For a program of somebody else's (library_start.cpp) it is a
// context of our own: what that program does with libcrypto, configures or prefers, is neither changed nor heeded.  For
// ours (programs/libcrypto_start.cpp) it is null, the usual one, in the fastest way.  Nothing: libcrypto refuses.
std::optional<OSSL_LIB_CTX*> start_libcrypto();

// For the fast way: names that encrypted PEM files carry.  False if libcrypto refuses.
bool register_libcrypto_names();

// Never null: a libcrypto without an algorithm that we name cannot be used at all.  Fetching is slow: keep the answer
// in a function-local `static const`, nobody frees it.
const EVP_CIPHER* fetch_cipher(const char* name);
const EVP_MD* fetch_digest(const char* name);
EVP_MAC* fetch_mac(const char* name);

// Owners for libcrypto's objects: LibcryptoPtr<EVP_PKEY, EVP_PKEY_free>.
template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const
    {
        Free(object);
    }
};
template <class T, auto Free>
using LibcryptoPtr = std::unique_ptr<T, FreeWith<Free>>;

} // namespace nacre
