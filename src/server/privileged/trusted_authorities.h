// PRIVILEGED: runs in sshd-session as root.  What the administrator's files say about keys: which authorities may sign
// for users (TrustedUserCAKeys), and which keys are good no more (RevokedKeys).
#pragma once

#include "server/privileged/key_lookup.h"

namespace nacre {

// A certificate by a trusted authority, under a name that AuthorizedPrincipalsFile or -Command prints, or, without
// them, under the user's own.  Nothing for a key without a certificate.
Result<std::optional<KeyPermission>> look_up_trusted_authority(const KeyLookup& lookup, Log& log);

// A file that cannot be read or understood revokes every key.
bool is_revoked(const ServerOptions& options, const PublicKey& key, Log& log);

} // namespace nacre
