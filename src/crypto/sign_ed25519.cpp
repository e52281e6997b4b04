// Ed25519 (RFC 8032), as libcrypto does it: S is checked to be below the group order, so signatures are not malleable.
#include <openssl/err.h>

#include "base/contract.h"
#include "crypto/key_numbers.h"
#include "crypto/sign.h"

namespace nacre {

EvpKey ed25519_public(Bytes key)
{
    if (key.size() != ed25519_key_size)
        return nullptr;
    return EvpKey{EVP_PKEY_new_raw_public_key_ex(libcrypto(), "ED25519", nullptr, key.data(), key.size())};
}

EvpKey ed25519_private(Bytes seed)
{
    if (seed.size() != ed25519_key_size)
        return nullptr;
    return EvpKey{EVP_PKEY_new_raw_private_key_ex(libcrypto(), "ED25519", nullptr, seed.data(), seed.size())};
}

ByteVector ed25519_public_half(const EvpKey& key)
{
    ByteVector half(ed25519_key_size);
    auto size = half.size();
    NACRE_EXPECTS(EVP_PKEY_get_raw_public_key(key.get(), half.data(), &size) == 1 && size == half.size());
    return half;
}

SecretBytes ed25519_seed(const EvpKey& key)
{
    SecretBytes seed(ed25519_key_size);
    auto size = seed.size();
    NACRE_EXPECTS(EVP_PKEY_get_raw_private_key(key.get(), seed.bytes().data(), &size) == 1 && size == seed.size());
    return seed;
}

ByteVector ed25519_sign(const EvpKey& key, Bytes data) { return digest_sign(key, nullptr, data); }

bool ed25519_verify(const EvpKey& key, Bytes data, Bytes signature)
{
    return signature.size() == ed25519_signature_size && digest_verify(key, nullptr, data, signature);
}

} // namespace nacre
