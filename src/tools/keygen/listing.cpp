// Showing certificates: -L.
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "keys/certificate.h"
#include "keys/fingerprint.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/certificate_options.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/times.h"

namespace nacre::keygen {

namespace {

constexpr std::string_view indent = "        ";

void show_options(std::string_view title, const std::vector<CertificateOption>& options, OptionShape (*shape_of)(std::string_view))
{
    fmt::print("{}{}: {}\n", indent, title, options.empty() ? "(none)" : "");
    for (auto& option : options) {
        auto shape = shape_of(option.name);
        auto value = value_of(option);
        fmt::print("{0}{0}{1}", indent, printable(option.name));
        if (shape == OptionShape::text && value)
            fmt::print(" {}", printable(*value));
        else if (!option.contents.empty())
            fmt::print(" UNKNOWN OPTION: {} (len {})", to_hex(as_bytes(option.contents)), option.contents.size());
        else if (shape != OptionShape::flag)
            fmt::print(" UNKNOWN FLAG OPTION");
        fmt::print("\n");
    }
}

void show(const PublicKey& key, const Certificate& certificate, HashKind hash)
{
    auto& terms = certificate.terms;
    bool host = terms.role == CertificateRole::host;
    fmt::print("{}Type: {} {} certificate\n", indent, key.type().name, host ? "host" : "user");
    fmt::print("{}Public key: {} {}\n", indent, key.type().short_name, fingerprint(key, hash));
    fmt::print("{}Signing CA: {} {} (using {})\n", indent, certificate.authority.type().short_name,
               fingerprint(certificate.authority, hash), certificate.signature_algorithm);
    fmt::print("{}Key ID: \"{}\"\n", indent, printable(terms.key_id));
    fmt::print("{}Serial: {}\n", indent, terms.serial);
    fmt::print("{}Valid: {}\n", indent, describe_validity(terms));
    fmt::print("{}Principals: {}\n", indent, terms.principals.empty() ? "(none)" : "");
    for (auto& name : terms.principals)
        fmt::print("{0}{0}{1}\n", indent, printable(name));
    show_options("Critical Options", terms.critical_options, shape_of_critical_option);
    show_options("Extensions", terms.extensions, shape_of_extension);
}

} // namespace

Result<int> show_certificates(const Settings& settings)
{
    auto file = TRY(file_to_use(settings));
    auto text = TRY(read_input(file));
    auto name = file == "-" ? std::string{"(stdin)"} : file;
    bool any = false;
    std::size_t number = 0;
    for (auto line : split(text.text(), '\n')) {
        ++number;
        line = trim(line);
        if (line.empty() || line.starts_with('#'))
            continue;
        auto key = PublicKey::from_line(line);
        auto certificate = key ? parse_certificate(*key) : Result<Certificate>{fail(key.error())};
        if (!certificate) {
            fmt::print(stderr, "{}:{}: {}\n", name, number, certificate.error().what);
            continue;
        }
        fmt::print("{}:{}\n", name, number > 1 || file == "-" ? fmt::format("{}:", number) : "");
        show(*key, *certificate, settings.fingerprint_hash);
        any = true;
    }
    if (!any)
        return bad_input(fmt::format("{} is not a certificate", name));
    return exit_ok;
}

} // namespace nacre::keygen
