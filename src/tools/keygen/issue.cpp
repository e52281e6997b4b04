// Making certificates: -s.
#include <fmt/format.h>

#include <cstdio>
#include <limits>

#include "base/text.h"
#include "crypto/random.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/certificate_options.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/signing_key.h"
#include "tools/keygen/times.h"

namespace nacre::keygen {

namespace {

struct Numbering {
    std::uint64_t serial = 0;
    bool counts_up = false;
};

Result<Numbering> numbering_of(const Settings& settings)
{
    if (!settings.serial)
        return Numbering{};
    std::string_view text = *settings.serial;
    bool counts_up = text.starts_with('+');
    auto serial = parse_number<std::uint64_t>(counts_up ? text.substr(1) : text);
    if (!serial)
        return bad_input(fmt::format("Invalid serial number \"{}\"", printable(text)));
    return Numbering{*serial, counts_up};
}

Result<std::vector<std::string>> principals_of(const Settings& settings)
{
    std::vector<std::string> names;
    if (!settings.names)
        return names;
    if (settings.names->empty())                                  // no principals at all would let in as anybody
        return bad_input("the list of principals (-n) is empty");
    for (auto name : split(*settings.names, ',')) {
        if (name.empty())
            return bad_input("one of the principals (-n) has no name");
        if (names.size() == most_certificate_principals)
            return bad_input(fmt::format("there are more than {} principals (-n)", most_certificate_principals));
        names.emplace_back(name);
    }
    return names;
}

Result<CertificateTerms> terms_of(const Settings& settings)
{
    if (!settings.identity)
        return bad_input("Must specify key id (-I) when certifying");
    CertificateTerms terms;
    terms.role = settings.for_hosts ? CertificateRole::host : CertificateRole::user;
    terms.key_id = *settings.identity;
    terms.principals = TRY(principals_of(settings));
    if (settings.validity)
        TRY(set_validity(terms, *settings.validity, now()));
    TRY(apply_certificate_options(terms, settings.options));
    return terms;
}

// -t names the algorithm of the authority's signature.
Result<std::string_view> algorithm_of(const Settings& settings, const PublicKey& authority)
{
    if (!settings.type)
        return default_authority_algorithm(authority);
    auto* row = find_signature_algorithm(*settings.type);
    if (!row || row->is_certificate() || row->kind != authority.kind())
        return bad_input(fmt::format("{} keys cannot sign with {}", authority.type().short_name, printable(*settings.type)));
    return row->name;
}

std::string place_of_certificate(std::string_view file)
{
    if (file.ends_with(".pub"))
        file.remove_suffix(4);
    return fmt::format("{}-cert.pub", file);
}

void report(const std::string& place, const CertificateTerms& terms)
{
    say(stderr, "Signed {} key {}: id \"{}\" serial {}{}{} valid {}\n",
        terms.role == CertificateRole::host ? "host" : "user", place, printable(terms.key_id), terms.serial,
        terms.principals.empty() ? "" : " for ", printable(join(terms.principals, ",")), describe_validity(terms));
}

// All of them, before the first is signed: a mistake leaves nothing half done.
Result<std::vector<PublicKeyFile>> subjects_of(const Settings& settings)
{
    std::vector<PublicKeyFile> subjects;
    for (auto& file : settings.arguments) {
        if (file == "-")
            return bad_input("a certificate needs a file to lie beside: name the key's");
        auto subject = TRY(load_public(file));
        if (subject.key.is_certificate())
            return bad_input(fmt::format("{} is a certificate already: name the key that it is about", printable(file)));
        subjects.push_back(std::move(subject));
    }
    return subjects;
}

} // namespace

Result<int> sign_certificates(const Settings& settings)
{
    if (settings.arguments.empty())
        return give_up(bad_input("no key to be signed was named").error());
    auto authority = TRY(open_signing_key(settings, *settings.authority));
    auto algorithm = TRY(algorithm_of(settings, authority.key));
    auto terms = TRY(terms_of(settings));
    auto numbering = TRY(numbering_of(settings));
    auto subjects = TRY(subjects_of(settings));
    SystemRandom random;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        auto& subject = subjects[i];
        auto& file = settings.arguments[i];
        terms.serial = numbering.serial;
        auto certificate =
            TRY(issue_certificate(subject.key, terms, authority.key, algorithm, random, authority.signer));
        auto place = place_of_certificate(file);
        auto comment = settings.comment.value_or(subject.comment);
        TRY(replace_public_file(place, as_bytes(certificate.line(comment) + '\n')));
        if (!settings.quiet)
            report(place, terms);
        if (numbering.counts_up)
            ++numbering.serial;
    }
    return exit_ok;
}

} // namespace nacre::keygen
