#include "client/host_key_dns.h"

#include "base/address.h"
#include "base/text.h"
#include "os/dns_query.h"

namespace nacre {

HostKeyDns::HostKeyDns(const std::string& host, Log& log) : host_(printable(host)), log_(log)
{
    if (parse_address(host))
        log_.debug1("VerifyHostKeyDNS: an address has no records");
    else
        query_ = query_dns_in_background(host, sshfp_record_type);
}

Result<SshfpAnswer> HostKeyDns::fetch()
{
    auto message = TRY(query_.get());
    return message.empty() ? SshfpAnswer{} : parse_sshfp_answer(message);
}

DnsOpinion HostKeyDns::opinion_on(const PublicKey& key)
{
    if (query_.valid()) {
        if (auto answer = fetch())
            answer_ = *std::move(answer);
        else
            log_.verbose("DNS lookup of the host key of {} failed: {}", host_, answer.error().what);
        log_.debug1("found {} {} fingerprints in DNS", answer_.records.size(), answer_.is_authentic ? "secure" : "insecure");
    }
    DnsOpinion opinion{.verdict = judge_by_sshfp(key, answer_.records), .secure = answer_.is_authentic};
    if (opinion.verdict != SshfpVerdict::silent)
        log_.debug1("{} host key fingerprint found in DNS",
                    opinion.verdict == SshfpVerdict::confirms ? "matching" : "mismatching");
    return opinion;
}

} // namespace nacre
