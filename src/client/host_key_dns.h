// VerifyHostKeyDNS: what the DNS says of a host's key (RFC 4255).
#pragma once

#include <string>

#include "base/log.h"
#include "keys/sshfp.h"

namespace nacre {

struct DnsOpinion {
    SshfpVerdict verdict = SshfpVerdict::silent;
    bool found = false;                                           // there are records for the name, if not for this key
    bool secure = false;                                          // validated by DNSSEC
};

// Waits for the name servers.  A numeric host has no records; a lookup that fails says nothing.
DnsOpinion ask_dns_about(const PublicKey& key, const std::string& host, Log& log);

} // namespace nacre
