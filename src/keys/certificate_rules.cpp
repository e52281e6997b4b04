// What a certificate is good for, here and now.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/pattern.h"
#include "base/text.h"
#include "keys/certificate.h"
#include "wire/name_list.h"

namespace nacre {

namespace {

struct ExtensionRow {
    std::string_view name;
    bool KeyOptions::* member;
};

// Each is a permission: what a user's certificate does not name is forbidden.
constexpr std::array permissions{
    ExtensionRow{"permit-X11-forwarding", &KeyOptions::permit_x11_forwarding},
    ExtensionRow{"permit-agent-forwarding", &KeyOptions::permit_agent_forwarding},
    ExtensionRow{"permit-port-forwarding", &KeyOptions::permit_port_forwarding},
    ExtensionRow{"permit-pty", &KeyOptions::permit_pty},
    ExtensionRow{"permit-user-rc", &KeyOptions::permit_user_rc},
};

Result<void> obey_force_command(KeyOptions& left, const CertificateOption& option, const CertificateUse&)
{
    auto command = value_of(option);
    if (!command || command->contains('\0'))
        return not_permitted("the certificate's force-command cannot be read");
    left.command = *command;
    return {};
}

Result<void> obey_source_address(KeyOptions&, const CertificateOption& option, const CertificateUse& use)
{
    auto list = value_of(option);
    auto matches = list ? match_network_list(use.address, *list) : Result<bool>{bad_input("malformed")};
    if (!matches)
        return not_permitted("the certificate's source-address cannot be read");
    if (!*matches)
        return not_permitted(fmt::format("the certificate is not valid from source address {}", printable(use.address)));
    return {};
}

Result<void> obey_verify_required(KeyOptions& left, const CertificateOption& option, const CertificateUse&)
{
    if (!option.contents.empty())
        return not_permitted("the certificate's verify-required cannot be read");
    left.require_verify = true;
    return {};
}

struct CriticalRow {
    std::string_view name;
    Result<void> (*obey)(KeyOptions& left, const CertificateOption& option, const CertificateUse& use);
};

constexpr std::array critical_options{
    CriticalRow{"force-command", obey_force_command},
    CriticalRow{"source-address", obey_source_address},
    CriticalRow{"verify-required", obey_verify_required},
};

Result<void> check_times(const CertificateTerms& terms, std::uint64_t now)
{
    if (now < terms.valid_after)
        return not_permitted("Certificate invalid: not yet valid");
    if (now >= terms.valid_before)
        return not_permitted("Certificate invalid: expired");
    return {};
}

bool fits_name(const CertificateTerms& terms, std::span<const std::string> names)
{
    return std::ranges::any_of(terms.principals, [&](const std::string& principal) {
        return std::ranges::any_of(names, [&](const std::string& name) {
            return terms.role == CertificateRole::host ? matches_pattern(name, principal) : name == principal;
        });
    });
}

Result<void> check_authority(const Certificate& certificate, const CertificateUse& use)
{
    if (!list_contains(use.authority_algorithms, certificate.signature_algorithm))
        return not_permitted(fmt::format("Certificate invalid: signed with {}, which is not allowed",
                                         certificate.signature_algorithm));
    for (auto* key : {&certificate.key, &certificate.authority})
        if (key->kind() == KeyKind::rsa && key->bits() < use.minimum_rsa_bits)
            return not_permitted(fmt::format("Certificate invalid: an RSA key of {} bits is too short", key->bits()));
    return {};
}

Result<KeyOptions> what_is_left(const CertificateTerms& terms, const CertificateUse& use)
{
    KeyOptions left;
    for (auto& row : permissions)
        left.*row.member = std::ranges::find(terms.extensions, row.name, &CertificateOption::name) != terms.extensions.end();
    left.require_touch =
        std::ranges::find(terms.extensions, "no-touch-required", &CertificateOption::name) == terms.extensions.end();
    for (auto& option : terms.critical_options) {
        auto row = std::ranges::find(critical_options, option.name, &CriticalRow::name);
        if (row == critical_options.end())
            return not_permitted(
                fmt::format("Certificate invalid: unknown critical option \"{}\"", printable(option.name)));
        TRY(row->obey(left, option, use));
    }
    return left;
}

} // namespace

bool is_valid_at(const CertificateTerms& terms, std::uint64_t now) { return check_times(terms, now).has_value(); }

Result<void> check_validity(const Certificate& certificate, const CertificateUse& use)
{
    auto& terms = certificate.terms;
    if (terms.role != use.role)
        return not_permitted(use.role == CertificateRole::host ? "Certificate invalid: not a host certificate"
                                                               : "Certificate invalid: not a user certificate");
    TRY(check_authority(certificate, use));
    TRY(check_times(terms, use.now));
    // An authority that names nobody vouches for nobody.  OpenSSH before 10.3 took it for everybody in places, and sites
    // whose certificates are made that way can say so (AllowCertificatesWithoutPrincipals).
    if (terms.principals.empty() && use.without_principals == WithoutPrincipals::anybodys)
        return {};
    if (terms.principals.empty())
        return not_permitted("Certificate lacks principal list");
    if (!fits_name(terms, use.names))
        return not_permitted("Certificate invalid: name is not a listed principal");
    return {};
}

bool has_unknown_critical_option(const CertificateTerms& terms)
{
    return std::ranges::any_of(terms.critical_options, [](auto& option) {
        return std::ranges::find(critical_options, option.name, &CriticalRow::name) == critical_options.end();
    });
}

Result<KeyOptions> evaluate(const Certificate& certificate, const CertificateUse& use)
{
    TRY(check_validity(certificate, use));
    if (use.role == CertificateRole::user)
        return what_is_left(certificate.terms, use);
    if (!certificate.terms.critical_options.empty())
        return not_permitted("Certificate for host contains critical options");
    return KeyOptions{};
}

} // namespace nacre
