// The table of key types and signature algorithms: one row per name of the wire.
//
// A key type is what a key blob begins with ("ssh-rsa"); a signature algorithm is what is
// negotiated and what a signature begins with ("rsa-sha2-512").  They differ for RSA only:
// every other type signs under its own name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "crypto/hash.h"

namespace nacre {

enum class KeyKind { ed25519, ecdsa_nistp256, ecdsa_nistp384, ecdsa_nistp521, rsa };

struct KeyTypeRow {
    std::string_view name;                                        // "ssh-ed25519"
    std::string_view short_name;                                  // "ED25519": fingerprint lines, prompts
    std::string_view option_name;                                 // "ed25519": ssh-keygen -t, file names id_…, ssh_host_…_key
    KeyKind kind;
    std::uint32_t fixed_bits;                                     // 0 where the size is chosen (RSA)
};

struct SignatureAlgorithm {
    std::string_view name;                                        // "rsa-sha2-512"
    KeyKind kind;
    std::optional<HashKind> hash;                                 // nothing for Ed25519
    bool offered;                                                 // in the default lists
};

std::span<const KeyTypeRow> key_types();
const KeyTypeRow* find_key_type(std::string_view name);           // by wire name
const KeyTypeRow& key_type(KeyKind kind);

std::span<const SignatureAlgorithm> signature_algorithms();       // in order of preference
const SignatureAlgorithm* find_signature_algorithm(std::string_view name);

} // namespace nacre
