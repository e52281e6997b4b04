// VerifyHostKeyDNS: what the DNS says of a host's key (RFC 4255).
#pragma once

#include <future>
#include <string>

#include "base/log.h"
#include "keys/sshfp_answer.h"

namespace nacre {

struct DnsOpinion {
    SshfpVerdict verdict = SshfpVerdict::silent;
    bool secure = false;                                          // validated by DNSSEC
};

class HostKeyDns {
public:
    // Begins to ask the name servers, so that the answer is there when the key is.  A numeric host has no records.
    HostKeyDns(const std::string& host, Log& log);

    // Waits for the answer.  A lookup that fails says nothing.
    DnsOpinion opinion_on(const PublicKey& key);

private:
    Result<SshfpAnswer> fetch();

    std::string host_;
    Log& log_;
    std::future<Result<ByteVector>> query_;                       // valid while the answer was not fetched
    SshfpAnswer answer_;
};

} // namespace nacre
