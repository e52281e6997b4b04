// Signatures over files and messages (OpenSSH's PROTOCOL.sshsig; see PROTOCOL.md), as git and ssh-keygen -Y use them.
//
// What is signed is a digest together with a namespace, so that a signature made for one purpose
// is worth nothing for another.
//
//     auto digest = hash_of(HashKind::sha512, content);
//     auto made = TRY(sign_message(signer.key, "file", HashKind::sha512, digest, signer.sign));
//     TRY(made.verify("file", digest));                          // and whether the key counts says check_signer()
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "keys/certificate.h"
#include "keys/public_key.h"

namespace nacre {

inline constexpr std::size_t signature_file_limit = 1024 * 1024;  // bytes

struct SignedMessage {                                            // a signature, and what it is for
    PublicKey key;                                                // may be a certificate
    std::string purpose;                                          // the namespace
    HashKind hash;                                                // of the message: SHA-256 or SHA-512
    ByteVector signature;

    // `digest`: of the message, with `hash`.  The purpose must be the one expected.
    Result<void> verify(std::string_view expected_purpose, Bytes digest) const;
    std::string armored() const;                                  // the text of a .sig file
};

Result<SignedMessage> parse_signed_message(Bytes file);           // armored

// Nothing for hashes that such signatures do not use.
std::optional<HashKind> signature_hash(std::string_view name);    // "sha512"

// `key` may be a certificate; the signer signs with its private half.
Result<SignedMessage> sign_message(const PublicKey& key, std::string_view purpose, HashKind hash, Bytes digest,
                                   const CertificateSigner& signer);

} // namespace nacre
