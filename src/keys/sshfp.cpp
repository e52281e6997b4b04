#include "keys/sshfp.h"

#include <algorithm>

#include "base/contract.h"

namespace nacre {

namespace {

// IANA's register, "SSHFP RR Types for public key algorithms".  Certificates count as their keys.
std::optional<std::uint8_t> algorithm_of(KeyKind kind)
{
    switch (kind) {
    case KeyKind::rsa: return 1;
    case KeyKind::ecdsa_nistp256:
    case KeyKind::ecdsa_nistp384:
    case KeyKind::ecdsa_nistp521: return 3;
    case KeyKind::ed25519: return 4;
    default: return std::nullopt;
    }
}

} // namespace

std::optional<SshfpRecord> sshfp_record(const PublicKey& key, HashKind hash)
{
    NACRE_EXPECTS(hash == HashKind::sha1 || hash == HashKind::sha256);
    auto plain = key.plain();
    auto algorithm = algorithm_of(plain.kind());
    if (!algorithm)
        return std::nullopt;
    std::uint8_t type = hash == HashKind::sha1 ? 1 : 2;
    return SshfpRecord{*algorithm, type, hash_of(hash, plain.blob())};
}

SshfpVerdict judge_by_sshfp(const PublicKey& key, std::span<const SshfpRecord> records)
{
    auto verdict = SshfpVerdict::silent;
    for (auto hash : sshfp_hashes) {
        auto ours = sshfp_record(key, hash);
        if (!ours)
            return SshfpVerdict::silent;
        bool said = std::ranges::any_of(records, [&](auto& record) {
            return record.algorithm == ours->algorithm && record.fingerprint_type == ours->fingerprint_type;
        });
        if (!said)
            continue;
        if (std::ranges::find(records, *ours) == records.end())
            return SshfpVerdict::contradicts;
        verdict = SshfpVerdict::confirms;
    }
    return verdict;
}

} // namespace nacre
