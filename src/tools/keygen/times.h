// Points in time as ssh-keygen's options write them and its listings show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "keys/authorized_keys.h"
#include "keys/certificate.h"

namespace nacre::keygen {

std::int64_t now();                                               // seconds since 1970

WallClock wall_clock_at(std::int64_t seconds);                    // seconds since 1970

// "YYYYMMDD[HHMM[SS]][Z]".
Result<std::int64_t> parse_point_in_time(std::string_view text);

// -V: "from:to" or "to", each a point in time, "+1w" or "-1w" from now, "0x…" seconds, "always" or "forever".
Result<void> set_validity(CertificateTerms& terms, std::string_view text, std::int64_t now);

std::string local_time(std::int64_t seconds, const char* format);
std::string describe_validity(const CertificateTerms& terms);     // "forever", "from … to …"

} // namespace nacre::keygen
