// Inside crypto/ only: numbers and parameters on their way into and out of libcrypto's keys.
#pragma once

#include <openssl/bn.h>
#include <openssl/core.h>

#include <list>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/library.h"
#include "crypto/sign.h"

namespace nacre {

using Bignum = LibcryptoPtr<BIGNUM, BN_clear_free>;
using BignumContext = LibcryptoPtr<BN_CTX, BN_CTX_free>;

Bignum new_bignum();                                              // zero
Bignum bignum_from(Bytes magnitude);
ByteVector magnitude_of(const BIGNUM* number);
SecretBytes secret_magnitude_of(const BIGNUM* number, std::size_t pad_to = 0);

// OSSL_PARAMs with the memory behind them, wiped afterwards (OSSL_PARAM_BLD would leave copies).
class KeyParameters {
public:
    KeyParameters& text(const char* name, const char* value);     // a literal
    KeyParameters& octets(const char* name, Bytes value);
    KeyParameters& number(const char* name, const BIGNUM* value);
    // Null if libcrypto refuses.  `selection` is EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR.
    EvpKey make_key(const char* type, int selection);

private:
    std::vector<OSSL_PARAM> parameters_;
    std::list<SecretBytes> storage_;
};

// A number of a key; null if it has none of that name.
Bignum key_number(const EvpKey& key, const char* name);

// EVP_DigestSign and EVP_DigestVerify; `digest` null where the key has its own.
ByteVector digest_sign(const EvpKey& key, const char* digest, Bytes data);
bool digest_verify(const EvpKey& key, const char* digest, Bytes data, Bytes signature);
const char* digest_name(HashKind hash);

} // namespace nacre
