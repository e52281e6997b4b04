// Inside keys/ only: how much work an encrypted PKCS #8 file may ask for before its passphrase is known to be right.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre {

// Looks into every "BEGIN ENCRYPTED PRIVATE KEY" (RFC 5958 §3, RFC 8018) that is there, and at nothing else.
Result<void> check_pkcs8_cost(Bytes file, std::int64_t iterations_limit);

} // namespace nacre
