#include "keys/allowed_signers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/pattern.h"
#include "base/text.h"
#include "keys/armor.h"
#include "keys/certificate.h"

namespace nacre {

namespace {

constexpr std::size_t longest_line = 64 * 1024;
// Signatures outlive the decisions of the day about which authorities may log people in; SHA-1 stays out.
constexpr std::string_view authority_algorithms =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256,"
    "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com";

// The first word, which may stand in quotes; the rest begins behind it.
Result<std::string_view> take_principals(std::string_view& line)
{
    if (!line.starts_with('"')) {
        auto word = line.substr(0, line.find_first_of(" \t"));
        line.remove_prefix(word.size());
        return word;
    }
    auto end = line.find('"', 1);
    if (end == std::string_view::npos)
        return bad_input("a quotation mark is missing");
    auto word = line.substr(1, end - 1);
    line.remove_prefix(end + 1);
    return word;
}

// Up to the first comma or blank outside quotes.
std::string_view take_option(std::string_view& options)
{
    std::size_t end = 0;
    bool quoted = false;
    for (; end < options.size() && (quoted || options[end] != ','); ++end)
        if (options[end] == '"')
            quoted = !quoted;
    auto option = options.substr(0, end);
    options.remove_prefix(std::min(end + 1, options.size()));
    return option;
}

Result<std::string_view> unquoted(std::string_view value)
{
    if (value.size() < 2 || value.front() != '"' || value.back() != '"')
        return bad_input(fmt::format("{} needs quotation marks", printable(value)));
    return value.substr(1, value.size() - 2);
}

Result<void> set_option(AllowedSigner& signer, std::string_view option)
{
    auto equals = option.find('=');
    auto name = to_lower(option.substr(0, equals));
    if (equals == std::string_view::npos) {
        if (name != "cert-authority")
            return bad_input(fmt::format("unknown option \"{}\"", printable(option)));
        signer.cert_authority = true;
        return {};
    }
    auto value = TRY(unquoted(option.substr(equals + 1)));
    if (name == "namespaces" && !signer.namespaces)
        signer.namespaces = value;
    else if (name == "valid-after" && !signer.valid_after)
        signer.valid_after = TRY(parse_civil_time(value));
    else if (name == "valid-before" && !signer.valid_before)
        signer.valid_before = TRY(parse_civil_time(value));
    else
        return bad_input(fmt::format("unknown or repeated option \"{}\"", printable(option)));
    return {};
}

bool is_later(const CivilTime& a, const CivilTime& b) { return a.is_utc == b.is_utc && a.seconds >= b.seconds; }

Result<void> check_time(const AllowedSigner& signer, const WallClock& at)
{
    if (signer.valid_after && !at.has_reached(*signer.valid_after))
        return bad_input("key is not yet valid");
    if (!signer.valid_before)
        return {};
    auto last = *signer.valid_before;                             // the last second that counts
    ++last.seconds;
    return at.has_reached(last) ? bad_input("key has expired") : Result<void>{};
}

bool fits_purpose(const AllowedSigner& signer, const SignatureClaim& claim)
{
    return !signer.namespaces || !claim.purpose || matches_pattern_list(*claim.purpose, *signer.namespaces) == PatternMatch::yes;
}

// Of a certificate by this authority: the names it gives its owner.
std::vector<std::string> certified_names(const AllowedSigner& signer, const SignatureClaim& claim)
{
    auto certificate = parse_certificate(claim.key);
    if (!certificate || !(certificate->authority == signer.key) || claim.at.utc < 0)
        return {};
    CertificateUse use{CertificateRole::user, certificate->terms.principals, static_cast<std::uint64_t>(claim.at.utc),
                       authority_algorithms, {}, 0};
    if (!check_validity(*certificate, use) || has_unknown_critical_option(certificate->terms))
        return {};
    return certificate->terms.principals;
}

// Whether a line that cannot be understood may be about that one, as far as it can be told.
bool may_be_about(std::string_view line, std::optional<std::string_view> principal)
{
    line = trim(line);
    auto principals = take_principals(line);
    return !principal || !principals || matches_pattern_list(*principal, *principals) == PatternMatch::yes;
}

// Until on_signer returns true; an error is one of the line, and the others still count.  With `principal`, nobody hears of
// what is wrong with lines about others.
template <class OnSigner>
std::vector<std::string> for_each_signer(std::string_view text, std::optional<std::string_view> principal, OnSigner on_signer)
{
    std::vector<std::string> problems;
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto line = take_line(text);
        auto signer = parse_allowed_signers_line(line);
        if (!signer && !may_be_about(line, principal))
            continue;
        auto done = signer ? Result<bool>{false} : fail(std::move(signer).error());
        if (signer && *signer)
            done = on_signer(**signer);
        if (!done)
            problems.push_back(fmt::format("line {}: {}", number, done.error().what));
        else if (*done)
            break;
    }
    return problems;
}

} // namespace

Result<std::optional<AllowedSigner>> parse_allowed_signers_line(std::string_view line)
{
    line = trim(line);
    if (line.empty() || line.starts_with('#'))
        return std::nullopt;
    if (line.size() > longest_line)
        return bad_input("the line is too long");
    auto principals = TRY(take_principals(line));
    auto rest = TRY(split_authorized_keys_line(line));
    if (principals.empty() || !rest)
        return bad_input("names and a key are needed");
    if (auto names = split(principals, ','); std::ranges::find(names, std::string_view{}) != names.end())
        return bad_input("one of the names is empty");
    auto key = TRY(rest->key());
    AllowedSigner signer{std::string{principals}, false, {}, {}, {}, std::move(key)};
    for (auto options = rest->options; !options.empty();)
        TRY(set_option(signer, take_option(options)));
    if (signer.valid_after && signer.valid_before && is_later(*signer.valid_after, *signer.valid_before))
        return bad_input("a time of validity that ends before it begins");
    return signer;
}

SignersAnswer check_signer(std::string_view text, std::string_view principal, const SignatureClaim& claim)
{
    SignersAnswer answer;
    bool has_other_purpose = false;
    answer.problems = for_each_signer(text, principal, [&](const AllowedSigner& signer) -> Result<bool> {
        if (matches_pattern_list(principal, signer.principals) != PatternMatch::yes)
            return false;
        bool his = signer.key == claim.key;
        if (signer.cert_authority) {
            auto names = certified_names(signer, claim);
            his = std::ranges::find(names, principal) != names.end();
        }
        if (!his)
            return false;
        if (!fits_purpose(signer, claim)) {
            has_other_purpose = true;
            return false;
        }
        TRY(check_time(signer, claim.at));
        answer.principals.push_back(signer.principals);
        return true;
    });
    if (answer.principals.empty() && has_other_purpose)
        answer.problems.push_back(fmt::format("key is not permitted for use in signature namespace \"{}\"",
                                              printable(*claim.purpose)));
    return answer;
}

SignersAnswer find_principals(std::string_view text, const SignatureClaim& claim)
{
    SignersAnswer answer;
    answer.problems = for_each_signer(text, std::nullopt, [&](const AllowedSigner& signer) -> Result<bool> {
        if (!fits_purpose(signer, claim))
            return false;
        std::vector<std::string> names;
        if (!signer.cert_authority && signer.key == claim.key)
            for (auto name : split(signer.principals, ','))
                names.emplace_back(name);
        if (signer.cert_authority)
            for (auto& name : certified_names(signer, claim))
                if (matches_pattern_list(name, signer.principals) == PatternMatch::yes)
                    names.push_back(name);
        if (names.empty())
            return false;
        TRY(check_time(signer, claim.at));
        answer.principals = std::move(names);
        return true;
    });
    return answer;
}

SignersAnswer match_principals(std::string_view text, std::string_view principal)
{
    SignersAnswer answer;
    answer.problems = for_each_signer(text, principal, [&](const AllowedSigner& signer) -> Result<bool> {
        if (matches_pattern_list(principal, signer.principals) == PatternMatch::yes)
            answer.principals.push_back(signer.principals);
        return false;
    });
    return answer;
}

} // namespace nacre
