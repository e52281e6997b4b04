#include "tools/keyscan/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/port.h"
#include "base/text.h"
#include "keys/key_types.h"
#include "keys/sshfp.h"
#include "tools/letters.h"

namespace nacre::keyscan {

namespace {

using Flag = FlagLetter<Settings>;
using Value = ValueLetter<Settings>;

constexpr std::array flags{
    Flag{'4', [](Settings& s) { s.family = IpFamily::v4; }},
    Flag{'6', [](Settings& s) { s.family = IpFamily::v6; }},
    Flag{'D', [](Settings& s) { s.dns_records = true; }},
    Flag{'H', [](Settings& s) { s.hashed = true; }},
    Flag{'c', [](Settings& s) { s.certificates = true; }},
    Flag{'q', [](Settings& s) { s.quiet = true; }},
    Flag{'v', [](Settings& s) { ++s.verbosity; }},
};

// What is asked for without -t, as far as we know the type.
constexpr std::array<std::string_view, 5> default_types{"rsa", "ecdsa", "ed25519", "ecdsa-sk", "ed25519-sk"};

// "ecdsa" for "ecdsa" and for "ecdsa-sha2-nistp384": one connection serves all sizes.  Nor does it matter how a key signs.
std::string_view type_named(std::string_view name)
{
    for (auto& row : key_types())
        if (!row.is_certificate() && (equal_ignoring_case(name, row.option_name) || name == row.name))
            return row.option_name;
    auto* algorithm = find_signature_algorithm(name);
    return algorithm && !algorithm->is_certificate() ? key_type(algorithm->kind).option_name : std::string_view{};
}

// Old scripts ask for DSA beside the others, which no server has any more.
Result<void> add_types(Settings& settings, std::string_view value)
{
    bool any = false;
    for (auto name : split(value, ',')) {
        auto type = type_named(name);
        bool is_dsa = equal_ignoring_case(name, "dsa") || equal_ignoring_case(name, "ssh-dss");
        if (type.empty() && !is_dsa)
            return bad_input(fmt::format("Unknown key type \"{}\"", printable(name)));
        any = any || !type.empty();
        if (!type.empty() && std::ranges::find(settings.types, type) == settings.types.end())
            settings.types.emplace_back(type);
    }
    return any ? Result<void>{} : bad_input(fmt::format("Unknown key type \"{}\"", printable(value)));
}

Result<void> set_port(Settings& settings, std::string_view value)
{
    auto port = parse_port(value);
    if (!port)
        return bad_input(fmt::format("Bad port '{}'", printable(value)));
    settings.port = *port;
    return {};
}

Result<void> set_patience(Settings& settings, std::string_view value)
{
    auto patience = parse_duration(value);
    if (!patience || *patience <= Seconds{0})
        return bad_input(fmt::format("Bad timeout '{}'", printable(value)));
    settings.patience = *patience;
    return {};
}

Result<void> set_option(Settings& settings, std::string_view value)
{
    constexpr std::string_view hash_option = "hashalg=";
    if (!value.starts_with(hash_option))
        return bad_input(fmt::format("Unsupported -O option \"{}\"", printable(value)));
    auto name = value.substr(hash_option.size());
    auto hash = std::ranges::find_if(sshfp_hashes, [&](auto kind) { return equal_ignoring_case(name, hash_name(kind)); });
    if (hash == sshfp_hashes.end())
        return bad_input(fmt::format("Unsupported hash algorithm \"{}\"", printable(name)));
    settings.dns_hash = *hash;
    return {};
}

Result<void> add_file(Settings& settings, std::string_view value)
{
    settings.files.emplace_back(value);
    return {};
}

constexpr std::array values{
    Value{'O', set_option}, Value{'T', set_patience, WhenWrong::shows_usage},
    Value{'f', add_file},   Value{'p', set_port, WhenWrong::shows_usage},
    Value{'t', add_types},
};

} // namespace

Result<Settings> parse_arguments(int count, char** arguments)
{
    Settings settings;
    settings.hosts = TRY(read_letters<Settings>(settings, count, arguments, flags, values, LettersAfterWords::allowed));
    if (settings.hosts.empty() && settings.files.empty())
        settings.help = true;
    if (settings.types.empty())
        for (auto type : default_types)
            if (!type_named(type).empty())
                settings.types.emplace_back(type);
    return settings;
}

std::string_view usage()
{
    return R"(usage: ssh-keyscan [-46cDHqv] [-f file] [-O option] [-p port] [-T timeout]
                   [-t type] [host | addrlist namelist]
)";
}

std::string algorithms_for(std::string_view type, bool certificates)
{
    std::string names;
    for (auto& row : signature_algorithms()) {
        auto& kind = key_type(row.kind);
        if (kind.is_certificate() == certificates && key_type(kind.plain_kind).option_name == type)
            names.append(names.empty() ? "" : ",").append(row.name);
    }
    return names;
}

} // namespace nacre::keyscan
