// SSHFP records out of the answer of a name server (RFC 1035 §4.1), as the resolver hands it over.
//
// Names in it are only stepped over, so no compression pointer is ever followed.  The question was ours and the resolver
// has compared it: every SSHFP record of the answer section counts, also one found behind an alias.
#pragma once

#include <vector>

#include "base/result.h"
#include "keys/sshfp.h"

namespace nacre {

inline constexpr std::uint16_t sshfp_record_type = 44;            // RFC 4255 §5

struct SshfpAnswer {
    std::vector<SshfpRecord> records{};                           // at most most_sshfp_records
    bool is_authentic = false;                                    // the AD bit: the resolver has validated it by DNSSEC
};

inline constexpr std::size_t most_sshfp_records = 256;

// An error where the message is malformed, was cut off, or says that the lookup failed.  That a name does not exist is
// none: there are just no records.
Result<SshfpAnswer> parse_sshfp_answer(Bytes message);

} // namespace nacre
