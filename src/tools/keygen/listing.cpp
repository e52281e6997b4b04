// Showing certificates: -L.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "keys/certificate.h"
#include "keys/fingerprint.h"
#include "keys/known_hosts.h"
#include "os/print.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/certificate_options.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/times.h"

namespace nacre::keygen {

namespace {

constexpr std::string_view indent = "        ";

void show_options(std::string_view title, const std::vector<CertificateOption>& options, OptionShape (*shape_of)(std::string_view))
{
    say("{}{}: {}\n", indent, title, options.empty() ? "(none)" : "");
    for (auto& option : options) {
        auto shape = shape_of(option.name);
        auto value = value_of(option);
        say("{0}{0}{1}", indent, printable(option.name));
        if (shape == OptionShape::text && value)
            say(" {}", printable(*value));
        else if (!option.contents.empty())
            say(" UNKNOWN OPTION: {} (len {})", to_hex(as_bytes(option.contents)), option.contents.size());
        else if (shape != OptionShape::flag)
            say(" UNKNOWN FLAG OPTION");
        say("\n");
    }
}

void show(const PublicKey& key, const Certificate& certificate, HashKind hash)
{
    auto& terms = certificate.terms;
    bool host = terms.role == CertificateRole::host;
    say("{}Type: {} {} certificate\n", indent, key.type().name, host ? "host" : "user");
    say("{}Public key: {} {}\n", indent, key.type().short_name, fingerprint(key, hash));
    say("{}Signing CA: {} {} (using {})\n", indent, certificate.authority.type().short_name,
        fingerprint(certificate.authority, hash), certificate.signature_algorithm);
    say("{}Key ID: \"{}\"\n", indent, printable(terms.key_id));
    say("{}Serial: {}\n", indent, terms.serial);
    say("{}Valid: {}\n", indent, describe_validity(terms));
    say("{}Principals: {}\n", indent, terms.principals.empty() ? "(none)" : "");
    for (auto& name : terms.principals)
        say("{0}{0}{1}\n", indent, printable(name));
    show_options("Critical Options", terms.critical_options, shape_of_critical_option);
    show_options("Extensions", terms.extensions, shape_of_extension);
}

} // namespace

Result<int> show_certificates(const Settings& settings)
{
    auto& file = *settings.file;
    auto read = read_input(file, known_hosts_limit);
    if (!read && read.error().os_error == EISDIR)
        return give_up(read.error());
    auto text = TRY(std::move(read));
    auto name = file == "-" ? std::string{"(stdin)"} : file;
    bool any = false, complained = false;
    std::size_t number = 0;
    for (auto line : split(text.text(), '\n')) {
        ++number;
        line = trim(line);
        if (line.empty() || line.starts_with('#'))
            continue;
        auto key = PublicKey::from_line(line);
        auto certificate = key ? parse_certificate(*key) : Result<Certificate>{fail(key.error())};
        if (!certificate) {
            say(stderr, "{}:{}: {}\n", name, number, certificate.error().what);
            complained = true;
            continue;
        }
        say("{}:{}\n", name, number > 1 || file == "-" ? fmt::format("{}:", number) : "");
        show(*key, *certificate, settings.fingerprint_hash);
        any = true;
    }
    if (!any && !complained)
        say(stderr, "{} is not a certificate\n", name);
    return any ? exit_ok : exit_failed;
}

} // namespace nacre::keygen
