// When to ask for new keys, as far as that is a matter of taste (RFC 4253 §9); see transport/rekey_policy.h for the rest.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace nacre {

// RekeyLimit of both configuration files.
struct RekeyLimits {
    std::uint64_t bytes = 0;                                      // per direction; 0: what the cipher's block size allows
    Seconds interval{0};                                          // 0: never because of time
};

} // namespace nacre
