// SSHFP records: host key fingerprints in the DNS (RFC 4255; RFC 6594 adds ECDSA and SHA-256, RFC 7479 Ed25519).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "keys/public_key.h"

namespace nacre {

struct SshfpRecord {
    std::uint8_t algorithm = 0;                                   // of the key
    std::uint8_t fingerprint_type = 0;                            // 1: SHA-1, 2: SHA-256
    ByteVector fingerprint;

    friend bool operator==(const SshfpRecord&, const SshfpRecord&) = default;
};

inline constexpr std::array sshfp_hashes{HashKind::sha1, HashKind::sha256};

SshfpRecord sshfp_record(const PublicKey& key, HashKind hash);    // one of sshfp_hashes

// True if the record is about this key.  A type that we do not know says nothing.
bool matches_sshfp(const PublicKey& key, const SshfpRecord& record);

} // namespace nacre
