// Inside keys/ only: how much work an encrypted PKCS #8 file may ask for before its passphrase is known to be right.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre {

#ifdef NACRE_FUZZING
inline constexpr std::int64_t pbkdf2_iterations_limit = 10'000;
#else
inline constexpr std::int64_t pbkdf2_iterations_limit = 10'000'000;   // a few seconds
#endif

// Looks into "BEGIN ENCRYPTED PRIVATE KEY" (RFC 5958 §3, RFC 8018) alone; every other file passes.
Result<void> check_pkcs8_cost(Bytes file);

} // namespace nacre
