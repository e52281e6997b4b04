// What a KRL is made from: lines that name certificates and keys (ssh-keygen(1), KEY REVOCATION LISTS).
#pragma once

#include <optional>
#include <string_view>

#include "keys/krl.h"

namespace nacre {

// Whose certificates "serial:" and "id:" mean.
struct KrlAuthority {
    std::optional<PublicKey> key;
    bool any = false;                                             // of every authority
};

// Lines "serial: N", "serial: N-M", "id: …", "key: …", "sha1: …", "sha256: …", "hash: SHA256:…", and plain public keys or
// certificates; blank lines and comments.  The error names the line.
Result<void> apply_specification(Krl& list, std::string_view text, const KrlAuthority& authority);

} // namespace nacre
