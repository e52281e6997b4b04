// Inside keys/ only: what each family of keys (Ed25519, ECDSA, RSA) can do, behind the table of key types.
//
// A family implements these operations once for all its rows; a new kind of key is a new
// family or a new row of an old one.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/sign.h"
#include "keys/key_types.h"
#include "keys/private_key.h"
#include "keys/public_key.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

// The private half as a family makes it.
struct PrivateParts {
    EvpKey key;
    ByteVector public_blob;
    SecretBytes fields;                                           // openssh-key-v1: what follows the key type
};

struct KeyFamily {
    // Takes what follows the type name in a public blob; the bits of the key.
    Result<std::uint32_t> (*check_public)(const KeyTypeRow& type, Reader& in);
    Result<EvpKey> (*public_handle)(const KeyTypeRow& type, Bytes blob);
    ByteVector (*public_blob)(const KeyTypeRow& type, const EvpKey& key);   // empty if the key is out of the ordinary
    Result<PrivateParts> (*generate)(const KeyTypeRow& type, std::uint32_t bits);
    Result<PrivateParts> (*read_private)(const KeyTypeRow& type, Reader& in);
    Result<PrivateParts> (*from_handle)(const KeyTypeRow& type, EvpKey key);
    // The bytes inside a signature blob, after the algorithm's name and their own length.
    Result<ByteVector> (*sign)(const EvpKey& key, const SignatureAlgorithm& algorithm, Bytes data);
    bool (*verify)(const EvpKey& key, const SignatureAlgorithm& algorithm, Bytes data, Bytes signature);
};

extern const KeyFamily ed25519_family;                            // RFC 8709
extern const KeyFamily ecdsa_family;                              // RFC 5656
extern const KeyFamily rsa_family;                                // RFC 4253 §6.6, RFC 8332
extern const KeyFamily certificate_family;                        // all certificates: their keys can only verify

const KeyFamily& family_of(KeyKind kind);
std::optional<KeyKind> kind_of(const EvpKey& key);                // nothing for keys that SSH does not have

// How the file formats reach inside a PrivateKey.
struct PrivateKeyAccess {
    static Result<PrivateKey> from_handle(EvpKey key);            // bad_input for keys that SSH does not have
    static Result<PrivateKey> from_parts(PrivateParts parts);
    static const EvpKey& handle(const PrivateKey& key);
};

} // namespace nacre
