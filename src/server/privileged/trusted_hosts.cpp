// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/trusted_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "auth/rhosts.h"
#include "base/text.h"
#include "keys/fingerprint.h"
#include "keys/known_hosts.h"
#include "os/netgroup.h"
#include "os/safe_file.h"
#include "server/privileged/key_lookup.h"
#include "server/privileged/trusted_authorities.h"
#include "server/privileged/user_files.h"

namespace nacre {
namespace {

constexpr std::size_t longest_file = 8 * 1024 * 1024;             // bytes, of the administrator's
constexpr std::array<const char*, 2> system_host_lists{"/etc/hosts.equiv", "/etc/ssh/shosts.equiv"};
constexpr std::array<const char*, 2> system_known_hosts{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"};
constexpr std::array<const char*, 2> user_known_hosts{".ssh/known_hosts", ".ssh/known_hosts2"};

class SystemNetgroups final : public Netgroups {
public:
    bool has_host(std::string_view group, std::string_view host) const override
    {
        return netgroup_has_host(std::string{group}, std::string{host});
    }
    bool has_user(std::string_view group, std::string_view user) const override
    {
        return netgroup_has_user(std::string{group}, std::string{user});
    }
};

// What the client's host is called in all files.
struct ClientName {
    std::string host, address;
};

ClientName name_of(const HostClaim& claim, Log& log)
{
    if (claim.options.hostbased_uses_name_from_packet_only)
        return {claim.client_host, claim.client_host};
    auto& connection = claim.connection;
    if (!equal_ignoring_case(claim.client_host, connection.peer_name))
        log.info("userauth_hostbased mismatch: client sends {}, but we resolve {} to {}", printable(claim.client_host),
                 connection.peer_host, printable(connection.peer_name));
    return {connection.peer_name, connection.peer_host};
}

// ---- who is let in? ----------------------------------------------------------------------

// Nothing, where there is no such file.  One that cannot be read may refuse this host or revoke its key: nobody is let in then.
Result<std::optional<std::string>> text_of(const char* file, Log& log)
{
    auto content = read_file(file, longest_file);
    if (content)
        return std::string{as_text(*content)};
    if (content.error().os_error != ENOENT)
        return fail(std::move(content).error());
    log.debug2("{}", content.error().what);
    return std::nullopt;
}

Result<bool> is_listed_by_system(const HostClaim& claim, const RhostsQuestion& question, Log& log)
{
    if (claim.account.uid == 0) {
        log.debug3("root user, ignoring system hosts files");
        return false;
    }
    for (auto* file : system_host_lists) {
        auto text = TRY(text_of(file, log));
        if (!text)
            continue;
        auto answer = search_rhosts(*text, question, SystemNetgroups{});
        if (answer.verdict == RhostsVerdict::no_line)
            continue;
        bool allowed = answer.verdict == RhostsVerdict::allowed;
        log.debug1("{} {} by {}:{}", printable(question.host), allowed ? "accepted" : "refused", file, answer.line);
        if (allowed)
            return true;
    }
    return false;
}

std::vector<std::string> users_host_lists(IgnoreRhosts ignored)
{
    switch (ignored) {
    case IgnoreRhosts::no: return {".shosts", ".rhosts"};
    case IgnoreRhosts::shosts_only: return {".shosts"};
    case IgnoreRhosts::yes: return {};
    }
    return {};
}

Result<bool> is_listed_by_user(const HostClaim& claim, const RhostsQuestion& question, Log& log)
{
    auto files = users_host_lists(claim.options.ignore_rhosts);
    if (files.empty()) {
        log.debug2("IgnoreRhosts: the users' own lists of hosts do not count");
        return false;
    }
    auto search = [&](const FileLines& lines, Log& heard) -> std::optional<std::string> {
        auto answer = search_rhosts(lines.text, question, SystemNetgroups{});
        if (answer.verdict == RhostsVerdict::allowed)
            return fmt::format("{}:{}", lines.file, answer.line);
        if (answer.verdict == RhostsVerdict::refused)
            heard.debug1("{} refused by {}:{}", printable(question.host), printable(lines.file), answer.line);
        return std::nullopt;
    };
    UserFiles whose{claim.options, claim.account, "trusted hosts", ReadFiles::whole};
    auto found = TRY(find_line_as_user(whose, files, search, log));
    if (!found || search_rhosts(found->line, question, SystemNetgroups{}).verdict != RhostsVerdict::allowed)
        return false;
    log.debug1("{} accepted by {}", printable(question.host), printable(found->place));
    return true;
}

// ---- whose key is it? --------------------------------------------------------------------

HostKeyStatus status_in(const KnownHosts& hosts, const HostClaim& claim, const std::string& name)
{
    std::vector names{name};
    auto judgement = claim.certificate ? hosts.judge_authority(names, claim.key, claim.certificate->authority)
                                       : hosts.judge(names, claim.key);
    return judgement.status;
}

KnownHosts hosts_in(std::string_view file, std::string_view text)
{
    KnownHosts hosts;
    hosts.add(std::string{file}, std::string{text});
    return hosts;
}

Result<HostKeyStatus> status_by_system(const HostClaim& claim, const std::string& name, Log& log)
{
    KnownHosts hosts;
    for (auto* file : system_known_hosts) {
        auto text = TRY(text_of(file, log));
        if (text)
            hosts.add(file, std::move(*text));
    }
    return status_in(hosts, claim, name);
}

// A revocation in either file counts.
Result<HostKeyStatus> status_by_user(const HostClaim& claim, const std::string& name, Log& log)
{
    auto search = [&](const FileLines& lines, Log&) -> std::optional<std::string> {
        auto hosts = hosts_in(lines.file, lines.text);
        std::vector names{name};
        auto judgement = claim.certificate ? hosts.judge_authority(names, claim.key, claim.certificate->authority)
                                           : hosts.judge(names, claim.key);
        bool matters = judgement.status == HostKeyStatus::revoked || judgement.status == HostKeyStatus::known;
        if (!matters || judgement.places.empty())
            return std::nullopt;
        return fmt::format("{}:{}", lines.file, judgement.places.front().line);
    };
    UserFiles whose{claim.options, claim.account, "known hosts", ReadFiles::whole};
    auto status = HostKeyStatus::unknown;
    for (auto* file : user_known_hosts) {
        std::vector<std::string> files{file};
        auto found = TRY(find_line_as_user(whose, files, search, log));
        auto here = found ? status_in(hosts_in(found->place, found->line), claim, name) : HostKeyStatus::unknown;
        if (here == HostKeyStatus::revoked)
            return here;
        if (here == HostKeyStatus::known)
            status = here;
    }
    return status;
}

Result<bool> is_key_of(const HostClaim& claim, const std::string& host, Log& log)
{
    auto name = host_name_in_file(host);
    auto status = TRY(status_by_system(claim, name, log));
    if (status != HostKeyStatus::revoked && !claim.options.ignore_user_known_hosts) {
        auto by_user = TRY(status_by_user(claim, name, log));
        if (by_user == HostKeyStatus::revoked || status != HostKeyStatus::known)
            status = by_user;
    }
    if (status == HostKeyStatus::revoked)
        log.error("WARNING: revoked key {} {} of {} attempted authentication", claim.key.type().short_name,
                  fingerprint(claim.key, claim.options.fingerprint_hash), printable(host));
    return status == HostKeyStatus::known;
}

bool certificate_is_good(const HostClaim& claim, const std::string& host, Log& log)
{
    std::vector names{to_lower(host)};
    auto now = static_cast<std::uint64_t>(wall_clock().utc);
    CertificateUse use{CertificateRole::host, names, now, claim.options.ca_signature_algorithms, {},
                       claim.options.required_rsa_size};
    auto left = evaluate(*claim.certificate, use);
    if (!left)
        log.error("{}", printable(left.error().what));
    return left.has_value();
}

void log_trust(const HostClaim& claim, const std::string& host, Log& log)
{
    auto who = fmt::format("{}@{}", printable(claim.client_user), printable(host));
    if (claim.certificate)
        log.verbose("Accepted certificate ID \"{}\" signed by {} CA {} from {}", printable(claim.certificate->terms.key_id),
                    claim.certificate->authority.type().short_name,
                    fingerprint(claim.certificate->authority, claim.options.fingerprint_hash), who);
    else
        log.verbose("Accepted {} public key {} from {}", claim.key.type().short_name,
                    fingerprint(claim.key, claim.options.fingerprint_hash), who);
}

} // namespace

Result<bool> is_trusted(const HostClaim& claim, Log& log)
{
    if (is_revoked(claim.options, claim.key, log))
        return false;
    auto name = name_of(claim, log);
    RhostsQuestion question{name.host, name.address, claim.client_user, claim.account.name};
    bool listed = TRY(is_listed_by_system(claim, question, log));
    if (!listed)
        listed = TRY(is_listed_by_user(claim, question, log));
    if (!listed) {
        log.debug2("no list of hosts lets in user {} of host {} address {}", printable(claim.client_user), printable(name.host),
                   printable(name.address));
        return false;
    }
    if (claim.certificate && !certificate_is_good(claim, name.host, log))
        return false;
    auto known = TRY(is_key_of(claim, name.host, log));
    if (known)
        log_trust(claim, name.host, log);
    return known;
}

} // namespace nacre
