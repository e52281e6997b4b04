// bcrypt_pbkdf: PBKDF2 with bcrypt in place of HMAC, as OpenBSD defined it; what "openssh-key-v1" files make
// their keys with.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace nacre {

// Fills `key`.  False if the passphrase or salt is empty, rounds is 0, or more than 1024 bytes are asked for.
[[nodiscard]] bool bcrypt_pbkdf(Bytes passphrase, Bytes salt, std::uint32_t rounds, MutableBytes key);

} // namespace nacre
