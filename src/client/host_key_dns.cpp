#include "client/host_key_dns.h"

#include "base/address.h"
#include "base/text.h"
#include "keys/sshfp_answer.h"
#include "os/dns_query.h"

namespace nacre {
namespace {

Result<SshfpAnswer> look_up(const std::string& host)
{
    auto message = TRY(query_dns(host, sshfp_record_type));
    return message.empty() ? SshfpAnswer{} : parse_sshfp_answer(message);
}

} // namespace

DnsOpinion ask_dns_about(const PublicKey& key, const std::string& host, Log& log)
{
    if (parse_address(host)) {
        log.debug1("VerifyHostKeyDNS: an address has no records");
        return {};
    }
    auto answer = look_up(host);
    if (!answer) {
        log.verbose("DNS lookup of the host key of {} failed: {}", printable(host), answer.error().what);
        return {};
    }
    DnsOpinion opinion{.verdict = judge_by_sshfp(key, answer->records),
                       .found = !answer->records.empty(),
                       .secure = answer->is_authentic};
    log.debug1("found {} {} fingerprints in DNS", answer->records.size(), opinion.secure ? "secure" : "insecure");
    if (opinion.verdict != SshfpVerdict::silent)
        log.debug1("{} host key fingerprint found in DNS",
                   opinion.verdict == SshfpVerdict::confirms ? "matching" : "mismatching");
    return opinion;
}

} // namespace nacre
