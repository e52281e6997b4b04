// The table of key types and signature algorithms: one row per name of the wire.
//
// A key type is what a key blob begins with ("ssh-rsa"); a signature algorithm is what is
// negotiated and what a signature begins with ("rsa-sha2-512").  They differ for RSA, for WebAuthn, and
// for certificates, whose signatures carry the plain key's name.  A certificate is a type and a kind
// of its own, so that code that knows plain keys only never takes one for a key.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crypto/hash.h"

namespace nacre {

enum class KeyKind {                                              // what a key, or a certificate, is
    ed25519,
    ed25519_certificate,
    ecdsa_nistp256,
    ecdsa_nistp256_certificate,
    ecdsa_nistp384,
    ecdsa_nistp384_certificate,
    ecdsa_nistp521,
    ecdsa_nistp521_certificate,
    rsa,
    rsa_certificate,
    sk_ed25519,
    sk_ed25519_certificate,
    sk_ecdsa_nistp256,
    sk_ecdsa_nistp256_certificate,
    mldsa44_ed25519,
    mldsa44_ed25519_certificate,
};

struct KeyTypeRow {                                               // one name that a key blob begins with
    std::string_view name;                                        // "ssh-ed25519"
    std::string_view short_name;                                  // "ED25519": fingerprint lines, prompts
    std::string_view option_name;                                 // "ed25519": ssh-keygen -t, file names id_…, ssh_host_…_key
    KeyKind kind;
    std::uint32_t fixed_bits;                                     // 0 where the size is chosen (RSA)
    KeyKind plain_kind;                                           // of the key that a certificate is about; else `kind`
    bool listed = true;                                           // by ssh -Q key-plain and key-cert

    constexpr bool is_certificate() const { return kind != plain_kind; }   // not a plain key
    // The private half is in a FIDO token, which signs by PROTOCOL.u2f.
    constexpr bool is_of_token() const
    {
        return plain_kind == KeyKind::sk_ed25519 || plain_kind == KeyKind::sk_ecdsa_nistp256;
    }
};

struct SignatureAlgorithm {                                       // one way to sign
    std::string_view name;                                        // "rsa-sha2-512"
    KeyKind kind;
    std::optional<HashKind> hash;                                 // nothing for Ed25519
    bool offered;                                                 // in the default lists
    std::string_view label;                                       // what the signature itself begins with
    bool listed = true;                                           // by ssh -Q key-sig

    constexpr bool is_certificate() const { return name != label; }   // made with a certificate's key
};

std::span<const KeyTypeRow> key_types();                          // all of them
const KeyTypeRow* find_key_type(std::string_view name);           // by wire name
const KeyTypeRow& key_type(KeyKind kind);                         // every kind has one
const KeyTypeRow& certificate_type(KeyKind plain);                // the type of certificates about such keys

std::span<const SignatureAlgorithm> signature_algorithms();       // in order of preference
const SignatureAlgorithm* find_signature_algorithm(std::string_view name);   // null: there is none
// Of a name-list of algorithms, what their signatures are called, each once: clients look for those in server-sig-algs
// also when they have certificates.
std::string signature_labels(std::string_view algorithms);
// The one that a key signs with when nothing else is asked for; of a certificate, its key's.
std::string_view usual_algorithm(KeyKind kind);

} // namespace nacre
