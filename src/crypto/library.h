// libcrypto behind one door: started without its configuration file, algorithms fetched once.
//
// Reading openssl.cnf and registering names costs every process more than a millisecond, and
// Nacre needs neither.  Whoever uses libcrypto in this folder or in keys/ goes through a function named here,
// or calls prepare_libcrypto() first.  Only .cpp files include this header.
#pragma once

#include <openssl/evp.h>

#include <memory>

namespace nacre {

// Once per process does something; later calls cost a load.  libcrypto stays as it is when the host program started
// it before us.  Its lookups by name (EVP_get_cipherbyname) know AES-CBC, 3DES-CBC, MD5, SHA-1 and SHA-2 only.
void prepare_libcrypto();

// prepare_libcrypto()'s part for those lookups.  False if libcrypto refuses.
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
