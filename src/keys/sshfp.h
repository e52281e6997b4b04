// SSHFP records: host key fingerprints in the DNS (RFC 4255; RFC 6594 adds ECDSA and SHA-256, RFC 7479 Ed25519).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

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

// `hash`: one of sshfp_hashes.  Nothing for types that no number was registered for.
std::optional<SshfpRecord> sshfp_record(const PublicKey& key, HashKind hash);

enum class SshfpVerdict {
    silent,                                                       // about keys of this algorithm
    confirms,
    contradicts,
};

// What the records of a host say of this key.  For each hash that has records of the key's algorithm one of them must
// fit, so that an old and a new key may stand side by side, but a good SHA-1 does not outweigh a wrong SHA-256.
// (OpenSSH lets every record that does not fit count against the key.)  Hashes that we do not know say nothing.
SshfpVerdict judge_by_sshfp(const PublicKey& key, std::span<const SshfpRecord> records);

} // namespace nacre
