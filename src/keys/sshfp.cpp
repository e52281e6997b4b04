#include "keys/sshfp.h"

#include "base/contract.h"

namespace nacre {

namespace {

std::uint8_t algorithm_of(KeyKind kind)
{
    switch (kind) {
    case KeyKind::rsa: return 1;
    case KeyKind::ecdsa_nistp256:
    case KeyKind::ecdsa_nistp384:
    case KeyKind::ecdsa_nistp521: return 3;
    case KeyKind::ed25519: return 4;
    default: break;                                               // certificates count as their keys
    }
    NACRE_UNREACHABLE();
}

} // namespace

SshfpRecord sshfp_record(const PublicKey& key, HashKind hash)
{
    NACRE_EXPECTS(hash == HashKind::sha1 || hash == HashKind::sha256);
    std::uint8_t type = hash == HashKind::sha1 ? 1 : 2;
    return {algorithm_of(key.plain().kind()), type, hash_of(hash, key.plain().blob())};
}

bool matches_sshfp(const PublicKey& key, const SshfpRecord& record)
{
    for (auto hash : sshfp_hashes)
        if (sshfp_record(key, hash) == record)
            return true;
    return false;
}

} // namespace nacre
