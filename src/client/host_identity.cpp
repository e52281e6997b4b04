#include "client/host_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <set>
#include <utility>

#include "base/address.h"
#include "base/text.h"
#include "client/client_log.h"
#include "client/known_hosts_command.h"
#include "keys/certificate.h"
#include "keys/fingerprint.h"
#include "keys/krl.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "transport/proposal.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

constexpr std::string_view command_origin = "KnownHostsCommand";   // in the place of a file's name
constexpr std::size_t largest_list = 16 * 1024 * 1024;
constexpr std::string_view rule = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";

bool is_loopback(std::string_view text)
{
    auto address = parse_address(text);
    if (!address)
        return false;
    auto plain = without_mapping(*address);
    if (plain.family == IpFamily::v4)
        return plain.bytes[0] == 127;
    return to_text(plain) == "::1";
}

} // namespace

std::string known_kinds_first(const std::string& algorithms, const std::vector<KeyKind>& kinds)
{
    std::vector<std::string> front, back;
    for (auto name : split(algorithms, ',')) {
        auto* row = find_signature_algorithm(name);
        bool known = row && std::ranges::find(kinds, row->kind) != kinds.end();
        (known ? front : back).emplace_back(name);
    }
    front.insert(front.end(), back.begin(), back.end());
    return join(front, ",");
}

HostIdentity::HostIdentity(const Configuration& configuration, KnownHostsFiles files, const Person& person, Log& log)
    : configuration_(configuration), options_(configuration.options()), files_(std::move(files)), person_(person),
      log_(log)
{
    bool alias = !options_.host_key_alias.empty();
    name_ = alias ? host_name_in_file(options_.host_key_alias) : host_name_in_file(configuration.host(), options_.port);
    name_shown_ = printable(name_);
    if (options_.verify_host_key_dns != YesNoAsk::no)
        dns_.emplace(configuration.host(), log);
}

std::string HostIdentity::host_key_algorithms() const
{
    if (configuration_.provenance().is_set("HostKeyAlgorithms"))
        return options_.host_key_algorithms;
    return known_kinds_first(options_.host_key_algorithms, known_kinds());
}

std::vector<KeyKind> HostIdentity::known_kinds() const
{
    std::vector<KeyKind> kinds;
    auto hosts = files_.hosts();
    if (auto printed = run_known_hosts_command(configuration_, KnownHostsPurpose::order, name_, nullptr))
        hosts.add(std::string{command_origin}, *printed);
    else
        log_.debug1("{}", printed.error().what);                  // the order is a matter of comfort only
    if (hosts.has_authority(std::vector{name_}))
        for (auto& type : key_types())
            if (type.is_certificate())
                kinds.push_back(type.kind);
    std::ranges::copy(hosts.kinds_for(std::vector{name_}), std::back_inserter(kinds));
    return kinds;
}

// A certificate says more than a key: nothing goes in front of it.
bool HostIdentity::may_ask_for(std::string_view algorithm, std::string_view offer) const
{
    bool all_the_same = !configuration_.provenance().is_set("HostKeyAlgorithms") && !dns_ && !options_.check_host_ip &&
                        !options_.visual_host_key && !options_.no_host_authentication_for_localhost &&
                        options_.known_hosts_command.empty();
    auto* first = find_signature_algorithm(first_of(offer));
    auto* wanted = find_signature_algorithm(algorithm);
    if (!all_the_same || !first || first->is_certificate() || !wanted || !list_contains(offer, algorithm))
        return false;
    auto kinds = files_.hosts().kinds_for(std::vector{name_});
    return std::ranges::find(kinds, wanted->kind) != kinds.end();
}

bool HostIdentity::knows(const PublicKey& key) const
{
    return !key.is_certificate() && in_files(key).status == HostKeyStatus::known && !is_revoked_by_list(key);
}

// What KnownHostsCommand prints for the key that was shown counts like a file.  False if it failed.
bool HostIdentity::ask_command(KnownHostsPurpose purpose, const std::string& name, const PublicKey& key)
{
    auto printed = run_known_hosts_command(configuration_, purpose, name, &key);
    if (!printed) {
        log_.error("{}", printed.error().what);
        return false;
    }
    files_.add_lines(std::string{command_origin}, std::move(*printed));
    return true;
}

// A certificate by an authority that is known for this host.  Otherwise its key may still be known: nothing.
std::optional<HostTrust> HostIdentity::judge_certificate(const PublicKey& key)
{
    auto certificate = parse_certificate(key);
    if (!certificate) {
        log_.error("{}", certificate.error().what);
        return HostTrust::rejected;
    }
    auto names = std::vector{name_};
    if (options_.host_key_alias.empty() && options_.port != 22)
        names.push_back(host_name_in_file(configuration_.host()));
    auto judgement = files_.hosts().judge_authority(names, key, certificate->authority);
    if (judgement.status == HostKeyStatus::revoked || is_revoked_by_list(key))
        return refuse_revoked(key, judgement);
    if (judgement.status != HostKeyStatus::known) {
        log_.debug1("No matching CA found. Retry with plain key");
        return std::nullopt;
    }
    std::vector host{options_.host_key_alias.empty() ? to_lower(configuration_.host()) : options_.host_key_alias};
    auto now = static_cast<std::uint64_t>(std::time(nullptr));
    CertificateUse use{CertificateRole::host, host, now, options_.ca_signature_algorithms, {}, options_.required_rsa_size,
                       options_.certificates_without_principals ? WithoutPrincipals::anybodys : WithoutPrincipals::nobodys};
    if (auto left = evaluate(*certificate, use); !left) {
        log_.error("{}", left.error().what);
        return std::nullopt;
    }
    log_.debug1("Host '{}' is known and matches the {} host certificate.", name_shown_, key.type().short_name);
    for (auto& place : judgement.places)
        log_.debug1("Found CA key in {}:{}", place.file, place.line);
    was_known_ = true;
    return HostTrust::accepted;
}

// A connection that is made again is judged anew: what the key of the first one allowed says nothing of the second's.
HostTrust HostIdentity::judge(const PublicKey& key, const std::optional<std::string>& address)
{
    may_learn_more_ = was_known_ = command_ran_ = art_was_shown_ = false;
    address_in_file_.reset();
    return judge_shown(key, address);
}

HostTrust HostIdentity::judge_shown(const PublicKey& key, const std::optional<std::string>& address)
{
    log_.debug1("Server host key: {} {}", key.type().name, fingerprint(key, options_.fingerprint_hash));
    if (address && *address != configuration_.host())
        address_shown_ = fmt::format(" ({})", *address);
    // To where a way through this machine leads, its own address does not say.
    if (options_.check_host_ip && options_.host_key_alias.empty() && address && !is_loopback(*address))
        if (auto name = host_name_in_file(*address, options_.port); name != name_)
            address_in_file_ = name;
    // An alias says which key is expected, wherever the host is.
    bool is_exempt = options_.no_host_authentication_for_localhost && options_.host_key_alias.empty();
    if (is_exempt && address && is_loopback(*address) && !is_revoked_by_list(key)) {
        log_.debug1("NoHostAuthenticationForLocalhost: the host key is not checked");
        return HostTrust::accepted;
    }
    if (!std::exchange(command_ran_, true) && !ask_command(KnownHostsPurpose::host_name, name_, key))
        return HostTrust::rejected;
    if (key.is_certificate()) {
        if (auto trust = judge_certificate(key))
            return *trust;
        return judge_shown(key.plain(), address);
    }
    auto judgement = in_files(key);
    bool revoked = judgement.status == HostKeyStatus::revoked || is_revoked_by_list(key);
    if (!revoked && dns_vouches_for(key))
        return HostTrust::accepted;
    auto trust = revoked ? refuse_revoked(key, judgement) : judge_known(key, judgement);
    if (trust == HostTrust::accepted && address_in_file_)
        trust = judge_address(key);
    if (trust != HostTrust::rejected && options_.visual_host_key && !art_was_shown_)
        say_lines(log_, LogLevel::info,
                  fmt::format("Host key fingerprint is {}\n{}", fingerprint(key, options_.fingerprint_hash),
                              random_art(key, options_.fingerprint_hash)));
    return trust;
}

HostKeyJudgement HostIdentity::in_files(const PublicKey& key) const
{
    auto judgement = files_.hosts().judge(std::vector{name_}, key);
    // A key that is recorded for the plain name serves any port of that host.
    if (judgement.status == HostKeyStatus::unknown && options_.host_key_alias.empty() && options_.port != 22) {
        auto plain = files_.hosts().judge(std::vector{host_name_in_file(configuration_.host())}, key);
        if (plain.status == HostKeyStatus::known || plain.status == HostKeyStatus::revoked)
            return plain;
    }
    return judgement;
}

HostTrust HostIdentity::judge_known(const PublicKey& key, const HostKeyJudgement& judgement)
{
    switch (judgement.status) {
    case HostKeyStatus::known:
        log_.debug1("Host '{}' is known and matches the {} host key.", name_shown_, key.type().short_name);
        for (auto& place : judgement.places)
            log_.debug1("Found key in {}:{}", place.file, place.line);
        may_learn_more_ = is_in_users_files(judgement);
        was_known_ = true;
        return HostTrust::accepted;
    case HostKeyStatus::unknown:
        return unknown(key);
    case HostKeyStatus::changed:
        return changed(key, judgement);
    case HostKeyStatus::revoked:
        break;
    }
    return refuse_revoked(key, judgement);
}

// RevokedHostKeys: a file that cannot be read, or a line that cannot be understood, revokes every key.
bool HostIdentity::is_revoked_by_list(const PublicKey& key) const
{
    for (auto& written : options_.revoked_host_keys) {
        auto path = configuration_.expand_file(written);
        auto content = path ? read_file(*path, largest_list) : Result<ByteVector>{fail(path.error())};
        if (!content) {
            log_.error("RevokedHostKeys: {}", content.error().what);
            return true;
        }
        auto revoked = is_revoked_by(*content, key);
        if (!revoked)
            log_.error("RevokedHostKeys: {}: {}", printable(written), revoked.error().what);
        if (!revoked || *revoked)
            return true;
    }
    return false;
}

HostTrust HostIdentity::refuse_revoked(const PublicKey& key, const HostKeyJudgement& judgement) const
{
    log_.error("{}", rule);
    log_.error("@       WARNING: REVOKED HOST KEY DETECTED!               @");
    log_.error("{}", rule);
    log_.error("{} has shown a key that has been revoked: it may be in the wrong hands.", name_shown_);
    log_.error("{}", shown(key));
    for (auto& place : judgement.places)
        log_.error("Revoked by {}:{}", place.file, place.line);
    return HostTrust::rejected;
}

// VerifyHostKeyDNS.  True only with "yes" and records that DNSSEC has validated: then no file is asked (nor written), as
// with OpenSSH; but what a file has revoked stays so.
bool HostIdentity::dns_vouches_for(const PublicKey& key)
{
    if (!dns_)
        return false;
    dns_says_ = dns_->opinion_on(key);
    if (dns_says_.verdict == SshfpVerdict::contradicts) {
        log_.error("{}", rule);
        log_.error("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @");
        log_.error("{}", rule);
        log_.error("The key that {} shows is not the one that the DNS names for it{}.", name_shown_,
                   dns_says_.secure ? "" : " (without DNSSEC)");
        log_.error("Either somebody stands between you and the server, or its SSHFP records are out of date;");
        log_.error("\"ssh-keygen -r\" on the server prints new ones.");
        log_.error("{}", shown(key));
    }
    return dns_says_.verdict == SshfpVerdict::confirms && dns_says_.secure && options_.verify_host_key_dns == YesNoAsk::yes;
}

HostTrust HostIdentity::changed(const PublicKey& key, const HostKeyJudgement& judgement) const
{
    log_.error("{}", rule);
    log_.error("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @");
    log_.error("{}", rule);
    log_.error("The key that {} shows now is not the one that is recorded for it.", name_shown_);
    log_.error("Either somebody stands between you and the server and can read what you type,");
    log_.error("or the server was given a new key.  Ask its administrator before you go on.");
    log_.error("{}", shown(key));
    if (dns_says_.verdict == SshfpVerdict::confirms)
        log_.error("The DNS names the new key for {}{}.", name_shown_, dns_says_.secure ? "" : ", but without DNSSEC");
    if (!options_.user_known_hosts_file.empty())
        log_.error("Add correct host key in {} to get rid of this message.",
                   configuration_.expand_file(options_.user_known_hosts_file.front()).value_or("known_hosts"));
    std::set<std::string> files;
    for (auto& match : files_.hosts().lookup(std::vector{name_})) {
        if (match.marker != HostMarker::none)
            continue;
        log_.error("Offending {} key in {}:{}", match.key.type().short_name, match.place.file, match.place.line);
        files.insert(match.place.file);
    }
    auto old = judgement.places.size() == 1 ? "the old one" : "the old ones";
    if (!files.empty())
        log_.error("If the new key is right, remove {} with:", old);
    for (auto& file : files)
        log_.error("  ssh-keygen -f '{}' -R '{}'", file, name_shown_);
    if (options_.strict_host_key_checking != StrictHostKeys::no) {
        log_.error("Host key for {} has changed and you have requested strict checking.", name_shown_);
        return HostTrust::rejected;
    }
    log_.error("Going on all the same, as StrictHostKeyChecking=no says; passwords, questions and forwardings are switched off.");
    return HostTrust::accepted_unsafely;
}

bool HostIdentity::is_in_users_files(const HostKeyJudgement& judgement) const
{
    return std::ranges::all_of(judgement.places, [&](auto& place) {
        return std::ranges::any_of(options_.user_known_hosts_file, [&](auto& written) {
            auto path = configuration_.expand_file(written);
            return path && *path == place.file;
        });
    });
}

HostTrust HostIdentity::unknown(const PublicKey& key)
{
    auto type = key.type().short_name;
    if (options_.strict_host_key_checking == StrictHostKeys::yes) {
        log_.error("No {} host key is known for {} and you have requested strict checking.", type, name_shown_);
        return HostTrust::rejected;
    }
    if (options_.strict_host_key_checking == StrictHostKeys::ask) {
        if (!person_accepts(key, fingerprint(key, options_.fingerprint_hash)))
            return HostTrust::rejected;
        may_learn_more_ = true;
    }
    remember(key, name_, fmt::format("'{}' ({})", name_shown_, key.type().short_name));
    return HostTrust::accepted;
}

// The name's key is the right one.  If its address is recorded with another key, whoever answers for names may be lying,
// or addresses were dealt anew.
HostTrust HostIdentity::judge_address(const PublicKey& key)
{
    if (!ask_command(KnownHostsPurpose::address, *address_in_file_, key))
        return HostTrust::rejected;
    auto judgement = files_.hosts().judge(std::vector{*address_in_file_}, key);
    auto address = printable(*address_in_file_);
    auto type = key.type().short_name;
    switch (judgement.status) {
    case HostKeyStatus::known:
        return HostTrust::accepted;
    case HostKeyStatus::unknown:
        remember(key, *address_in_file_, fmt::format("the {} host key for IP address '{}'", type, address));
        return HostTrust::accepted;
    case HostKeyStatus::revoked:
        return refuse_revoked(key, judgement);
    case HostKeyStatus::changed:
        break;
    }
    log_.info("Warning: the {} host key for '{}' differs from the key for the IP address '{}'", type, name_shown_, address);
    for (auto& place : judgement.places)
        log_.info("Offending key for IP in {}:{}", place.file, place.line);
    if (options_.strict_host_key_checking == StrictHostKeys::no)
        return HostTrust::accepted;
    if (options_.strict_host_key_checking == StrictHostKeys::ask) {
        auto answer = person_.ask_in_the_open("Are you sure you want to continue connecting (yes/no)? ");
        return answer && equal_ignoring_case(trim(*answer), "yes") ? HostTrust::accepted : HostTrust::rejected;
    }
    log_.error("Exiting, you have requested strict checking.");
    return HostTrust::rejected;
}

std::string HostIdentity::shown(const PublicKey& key) const
{
    return fmt::format("{} key fingerprint is {}.", key.type().short_name,
                       fingerprint(key, options_.fingerprint_hash));
}

// For the author of a script, who reads this in its log.
void HostIdentity::explain_how_to_learn(const PublicKey& key) const
{
    log_.error("{}", shown(key));
    log_.error("\"ssh-keyscan{} {}\" prints lines for known_hosts: compare fingerprints before you add them (ssh-keygen -lf -).",
               options_.port == 22 ? std::string{} : fmt::format(" -p {}", options_.port), printable(configuration_.host()));
    log_.error("StrictHostKeyChecking=accept-new trusts the first key that a host shows.");
}

bool HostIdentity::person_accepts(const PublicKey& key, const std::string& fingerprint)
{
    if (!person_.may_be_asked() || !person_.is_there()) {
        log_.error("No {} host key is known for {}, and {}.", key.type().short_name, name_shown_,
                   person_.may_be_asked() ? "there is no terminal to ask on" : "BatchMode asks nobody");
        explain_how_to_learn(key);
        return false;
    }
    auto text = fmt::format("The authenticity of host '{}{}' can't be established.\n{}\n", name_shown_, address_shown_,
                            shown(key));
    if (options_.visual_host_key)
        text += random_art(key, options_.fingerprint_hash) + "\n";
    art_was_shown_ = options_.visual_host_key;
    if (dns_)
        text += dns_says_.verdict == SshfpVerdict::confirms ? "Matching host key fingerprint found in DNS.\n"
                                                       : "No matching host key fingerprint found in DNS.\n";
    for (auto& file : files_.unread())
        text += fmt::format("{} could not be read: it may know another key for this host.\n", printable(file));
    auto elsewhere = files_.hosts().places_of(key);
    if (elsewhere.empty())
        text += "This key is not known by any other name.\n";
    for (auto& match : elsewhere)
        text += fmt::format("The same key is recorded in {}:{} for {}\n", match.place.file, match.place.line,
                            printable(match.hosts));
    text += "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
    for (;;) {
        auto answer = person_.ask_in_the_open(text);
        if (!answer)
            return false;
        auto word = trim(*answer);
        if (equal_ignoring_case(word, "yes") || word == fingerprint)
            return true;
        if (equal_ignoring_case(word, "no") || word.empty())
            return false;
        text = "Please type 'yes', 'no' or the fingerprint: ";
    }
}

void HostIdentity::remember(const PublicKey& key, const std::string& name, std::string_view what) const
{
    if (files_.file_to_write().empty())
        return;
    if (auto added = files_.add(name, key, options_.hash_known_hosts); !added) {
        auto& why = added.error();
        bool is_of_file = why.what.starts_with(files_.file_to_write() + ":");
        log_.error("Failed to add the host to the list of known hosts ({}): {}", files_.file_to_write(),
                   is_of_file && why.os_error != 0 ? os_error_text(why.os_error) : why.what);
        return;
    }
    log_.info("Warning: Permanently added {} to the list of known hosts.", what);
}

} // namespace nacre
