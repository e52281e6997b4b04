// Inside keys/ only: what each family of keys (Ed25519, ECDSA, RSA, tokens', …) can do, behind the table of key types.
//
// A family implements these operations once for all its rows; a new kind of key is a new
// family or a new row of an old one.  Families whose keys libcrypto knows have its forms as well.
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
    EvpKey key;                                                   // null: libcrypto has no such keys, the fields are all
    ByteVector public_blob;
    SecretBytes fields;                                           // openssh-key-v1: what follows the key type
};

// What was signed with what, as the families' verify() gets it.
struct SignatureCheck {
    const SignatureAlgorithm& algorithm;
    Bytes data;
    Bytes signature;                                              // inside the string that follows the label
    TokenDemands demands;                                         // tokens only
};

// PEM and PKCS #8: for keys that libcrypto has.
struct LibcryptoForms {
    Result<EvpKey> (*public_handle)(const KeyTypeRow& type, Bytes blob);
    ByteVector (*public_blob)(const KeyTypeRow& type, const EvpKey& key);   // empty if the key is out of the ordinary
    Result<PrivateParts> (*from_handle)(const KeyTypeRow& type, EvpKey key);
};

struct KeyFamily {
    // Takes what follows the type name in a public blob; the bits of the key.
    Result<std::uint32_t> (*check_public)(const KeyTypeRow& type, Reader& in);
    Result<PrivateParts> (*generate)(const KeyTypeRow& type, std::uint32_t bits);
    Result<PrivateParts> (*read_private)(const KeyTypeRow& type, Reader& in);
    // The bytes inside a signature blob, after the algorithm's name and their own length.
    Result<ByteVector> (*sign)(const PrivateParts& parts, const SignatureAlgorithm& algorithm, Bytes data);
    // Takes what follows that string in the signature blob, if anything does.
    Result<void> (*verify)(const KeyTypeRow& type, Bytes blob, const SignatureCheck& check, Reader& more);
    const LibcryptoForms* libcrypto = nullptr;
};

Failure wrong_signature();

extern const KeyFamily ed25519_family;                            // RFC 8709
extern const KeyFamily ecdsa_family;                              // RFC 5656
extern const KeyFamily rsa_family;                                // RFC 4253 §6.6, RFC 8332
extern const KeyFamily sk_ed25519_family;                         // FIDO tokens: OpenSSH's PROTOCOL.u2f
extern const KeyFamily sk_ecdsa_family;
extern const KeyFamily mldsa44_ed25519_family;                    // draft-miller-sshm-mldsa44-ed25519-composite-sigs
extern const KeyFamily certificate_family;                        // all certificates: their keys can only verify

const KeyFamily& family_of(KeyKind kind);
std::optional<KeyKind> kind_of(const EvpKey& key);                // nothing for keys that SSH does not have

// How the file formats reach inside a PrivateKey.
struct PrivateKeyAccess {
    static Result<PrivateKey> from_handle(EvpKey key);            // bad_input for keys that SSH does not have
    static Result<PrivateKey> from_parts(PrivateParts parts);
    static const EvpKey& handle(const PrivateKey& key);           // null: see PrivateParts
};

} // namespace nacre
