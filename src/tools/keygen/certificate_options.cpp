#include "tools/keygen/certificate_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/text.h"

namespace nacre::keygen {

namespace {

struct FlagOption {
    std::string_view word;                                        // as -O spells it, without "no-" or "permit-"
    std::string_view extension;
    bool by_default;
};

constexpr std::array permissions{
    FlagOption{"agent-forwarding", "permit-agent-forwarding", true},
    FlagOption{"port-forwarding", "permit-port-forwarding", true},
    FlagOption{"pty", "permit-pty", true},
    FlagOption{"user-rc", "permit-user-rc", true},
    FlagOption{"x11-forwarding", "permit-X11-forwarding", true},
};

void drop(std::vector<CertificateOption>& from, std::string_view name)
{
    std::erase_if(from, [&](auto& option) { return option.name == name; });
}

void put(std::vector<CertificateOption>& into, CertificateOption option)
{
    drop(into, option.name);
    into.push_back(std::move(option));
}

// "name" or "name=contents".
CertificateOption custom(std::string_view text)
{
    auto equals = text.find('=');
    if (equals == std::string_view::npos)
        return certificate_flag(text);
    return certificate_value(text.substr(0, equals), text.substr(equals + 1));
}

Result<void> set_value(CertificateTerms& terms, std::string_view name, std::string_view value)
{
    if (value.empty())
        return bad_input(fmt::format("Empty {} option", name));
    if (std::ranges::find(terms.critical_options, name, &CertificateOption::name) != terms.critical_options.end())
        return bad_input(fmt::format("{} already specified", name));
    if (name == "source-address")
        if (auto good = match_network_list("192.0.2.1", value); !good)
            return bad_input(fmt::format("Invalid source-address list: {}", good.error().what));
    terms.critical_options.push_back(certificate_value(name, value));
    return {};
}

bool apply_permission(CertificateTerms& terms, std::string_view word)
{
    bool forbids = word.starts_with("no-");
    if (!forbids && !word.starts_with("permit-"))
        return false;
    word.remove_prefix(forbids ? 3 : 7);
    auto row = std::ranges::find(permissions, to_lower(word), &FlagOption::word);
    if (row == permissions.end())
        return false;
    if (forbids)
        drop(terms.extensions, row->extension);
    else
        put(terms.extensions, certificate_flag(row->extension));
    return true;
}

// The word of an option is read in any case, what belongs to it as it stands.
std::string with_small_word(std::string_view option)
{
    auto end = std::min(option.find_first_of("=:"), option.size());
    return to_lower(option.substr(0, end)) + std::string{option.substr(end)};
}

Result<void> apply_one(CertificateTerms& terms, std::string_view option)
{
    if (apply_permission(terms, option))
        return {};
    auto value = option.substr(std::min(option.find_first_of("=:") + 1, option.size()));
    if (option == "clear") {                                      // what is a flag; restrictions with a value stay
        for (auto& row : permissions)
            drop(terms.extensions, row.extension);
        drop(terms.extensions, "no-touch-required");
        drop(terms.critical_options, "verify-required");
    } else if (option == "no-touch-required") {
        put(terms.extensions, certificate_flag(option));
    } else if (option == "verify-required") {
        put(terms.critical_options, certificate_flag(option));
    } else if (option == "touch-required") {
        drop(terms.extensions, "no-touch-required");
    } else if (option == "no-verify-required") {
        drop(terms.critical_options, "verify-required");
    } else if (option.starts_with("force-command=")) {
        return set_value(terms, "force-command", value);
    } else if (option.starts_with("source-address=")) {
        return set_value(terms, "source-address", value);
    } else if (option.starts_with("critical:") && !value.empty()) {
        put(terms.critical_options, custom(value));
    } else if (option.starts_with("extension:") && !value.empty()) {
        put(terms.extensions, custom(value));
    } else {
        return bad_input(fmt::format("Unsupported certificate option \"{}\"", printable(option)));
    }
    return {};
}

} // namespace

Result<void> apply_certificate_options(CertificateTerms& terms, std::span<const std::string> options)
{
    for (auto& row : permissions)
        if (row.by_default)
            put(terms.extensions, certificate_flag(row.extension));
    for (auto& option : options)
        TRY(apply_one(terms, with_small_word(option)));
    if (terms.role == CertificateRole::host)
        // Nothing that a host could do with them; what somebody spelled out himself stays.
        std::erase_if(terms.extensions, [](auto& option) { return shape_of_extension(option.name) == OptionShape::flag; });
    return {};
}

OptionShape shape_of_critical_option(std::string_view name)
{
    if (name == "force-command" || name == "source-address")
        return OptionShape::text;
    return name == "verify-required" ? OptionShape::flag : OptionShape::unknown;
}

OptionShape shape_of_extension(std::string_view name)
{
    bool known = name == "no-touch-required" || std::ranges::find(permissions, name, &FlagOption::extension) != permissions.end();
    return known ? OptionShape::flag : OptionShape::unknown;
}

} // namespace nacre::keygen
