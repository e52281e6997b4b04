// Keys in FIDO tokens: what a private key file knows of them, and what their signatures cover (OpenSSH's PROTOCOL.u2f).
//
// The token signs a hash of its application, flags and a counter besides the message, so that it
// cannot be made to sign for something else, and says whether somebody was there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "keys/public_key.h"

namespace nacre {

// Flags of a private key: what the token shall demand.  The first two are also those of a signature: what it made sure of.
inline constexpr std::uint8_t sk_user_present = 0x01;
inline constexpr std::uint8_t sk_user_verified = 0x04;            // by a PIN or a finger
inline constexpr std::uint8_t sk_replace_resident = 0x10;         // enrolling: even if there is one for this application
inline constexpr std::uint8_t sk_resident = 0x20;                 // the token keeps the key itself

// The private half: no secret that signs, but what the token needs to find it.
struct SecurityKey {
    std::string application;                                      // "ssh:…", by default "ssh:"
    std::uint8_t flags = sk_user_present;
    SecretBytes handle;
    ByteVector reserved{};                                        // kept as it was found
};

inline constexpr std::string_view default_application = "ssh:";   // what keys are made for
inline constexpr std::size_t longest_key_handle = 4096;           // bytes

// What follows the label and signature in a token's signature blob.
struct SkSignatureEnd {
    std::uint8_t flags = 0;
    std::uint32_t counter = 0;
};

// The bytes under a token's signature: SHA-256 of the application, flags, counter, any `extensions` (CBOR), and SHA-256
// of the message.
ByteVector bytes_signed_by_token(std::string_view application, SkSignatureEnd end, Bytes extensions, Bytes message);

// A signature blob of what a token answered: 64 bytes for Ed25519, r and s for ECDSA.
ByteVector sk_ed25519_signature(Bytes signature, SkSignatureEnd end);
ByteVector sk_ecdsa_signature(Bytes r, Bytes s, SkSignatureEnd end);   // for ECDSA

// A public key of what a token made: 32 bytes, or an uncompressed point.
Result<PublicKey> sk_public_key(KeyKind kind, Bytes key, std::string_view application);

} // namespace nacre
