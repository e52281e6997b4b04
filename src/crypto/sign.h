// Ed25519, ECDSA over the NIST curves, and RSA with PKCS #1 v1.5: keys, signing, verifying, through libcrypto.
//
// Keys are libcrypto handles, made from plain numbers and checked while they are made; a null
// handle means that the numbers are no such key.  Nothing here knows SSH's encodings.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/hash.h"

struct evp_pkey_st;

namespace nacre {

struct FreeEvpKey {
    void operator()(evp_pkey_st* key) const;
};
using EvpKey = std::unique_ptr<evp_pkey_st, FreeEvpKey>;

enum class SignKind { ed25519, ecdsa, rsa };
std::optional<SignKind> sign_kind(const EvpKey& key);             // nothing for other algorithms

// Ed25519 (RFC 8032)
inline constexpr std::size_t ed25519_key_size = 32;               // public key, and seed
inline constexpr std::size_t ed25519_signature_size = 64;

EvpKey ed25519_public(Bytes key);
EvpKey ed25519_private(Bytes seed);
ByteVector ed25519_public_half(const EvpKey& key);
SecretBytes ed25519_seed(const EvpKey& key);
ByteVector ed25519_sign(const EvpKey& key, Bytes data);           // empty if libcrypto fails
bool ed25519_verify(const EvpKey& key, Bytes data, Bytes signature);

// ECDSA (FIPS 186-4); points are uncompressed (SEC 1 §2.3.3)
enum class Curve { nistp256, nistp384, nistp521 };

struct EcdsaSignature {
    ByteVector r, s;                                              // magnitudes, big-endian
};

std::size_t curve_bytes(Curve curve);                             // of a coordinate
EvpKey ecdsa_public(Curve curve, Bytes point);                    // null if not on the curve
EvpKey ecdsa_private(Curve curve, Bytes point, Bytes scalar);     // null if the halves do not belong together
EvpKey ecdsa_generate(Curve curve);
std::optional<Curve> ecdsa_curve(const EvpKey& key);              // nothing for other curves
ByteVector ecdsa_point(const EvpKey& key);
SecretBytes ecdsa_scalar(const EvpKey& key);
std::optional<EcdsaSignature> ecdsa_sign(const EvpKey& key, HashKind hash, Bytes data);
bool ecdsa_verify(const EvpKey& key, HashKind hash, Bytes data, Bytes r, Bytes s);

// RSA (RFC 8017); all numbers are magnitudes, big-endian
inline constexpr std::uint32_t rsa_minimum_bits = 1024;
inline constexpr std::uint32_t rsa_maximum_bits = 16384;

struct RsaPublicNumbers {
    ByteVector modulus, exponent;
};

struct RsaPrivateNumbers {
    ByteVector modulus, public_exponent;
    SecretBytes private_exponent, prime1, prime2, coefficient;    // coefficient: prime2^-1 mod prime1
};

std::uint32_t bit_length(Bytes magnitude);
// Whether it is short enough to verify with: 256 bits, with a modulus of more than 3072 bits 64.
bool rsa_exponent_fits(std::uint32_t modulus_bits, Bytes exponent);
// Null outside these limits, or if the exponent is even or less than 3.
EvpKey rsa_public(Bytes modulus, Bytes exponent);
EvpKey rsa_private(const RsaPrivateNumbers& numbers);             // null if they do not belong together
// Where the coefficient is not at hand (ssh.com's files); empty if there is none.
SecretBytes rsa_coefficient(Bytes prime1, Bytes prime2);
EvpKey rsa_generate(std::uint32_t bits);                          // exponent 65537
std::optional<RsaPublicNumbers> rsa_public_numbers(const EvpKey& key);
std::optional<RsaPrivateNumbers> rsa_numbers(const EvpKey& key);
// The result has been verified with the public half (fault attacks reveal the key); empty if anything fails.
ByteVector rsa_sign(const EvpKey& key, HashKind hash, Bytes data);
// A signature shorter than the modulus is taken to have lost its leading zeros, as some peers send it.
bool rsa_verify(const EvpKey& key, HashKind hash, Bytes data, Bytes signature);

} // namespace nacre
