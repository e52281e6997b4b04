#include "tools/add/settings.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "tools/letters.h"

namespace nacre::add_tool {

namespace {

using Flag = FlagLetter<Settings>;
using Value = ValueLetter<Settings>;

constexpr std::array flags{
    Flag{'C', [](Settings& s) { s.certificates_only = true; }},
    Flag{'D', [](Settings& s) { s.remove_all = true; }},
    Flag{'K', [](Settings& s) { s.resident = true; }},
    Flag{'L', [](Settings& s) { s.list_keys = true; }},
    Flag{'N', [](Settings& s) { s.certificates_stay = true; }},
    Flag{'Q', [](Settings& s) { s.query = true; }},
    Flag{'T', [](Settings& s) { s.test = true; }},
    Flag{'X', [](Settings& s) { s.unlock = true; }},
    Flag{'c', [](Settings& s) { s.constraints.confirm = true; }},
    Flag{'d', [](Settings& s) { s.remove = true; }},
    Flag{'k', [](Settings& s) { s.plain_only = true; }},
    Flag{'l', [](Settings& s) { s.list = true; }},
    Flag{'q', [](Settings& s) { s.quiet = true; }},
    Flag{'v', [](Settings& s) { ++s.verbosity; }},
    Flag{'x', [](Settings& s) { s.lock = true; }},
};

Result<void> set_hash(Settings& settings, std::string_view value)
{
    settings.fingerprint_hash = TRY(fingerprint_hash_named(value));
    return {};
}

Result<void> set_lifetime(Settings& settings, std::string_view value)
{
    settings.constraints.lifetime = TRY(parse_lifetime(value));
    return {};
}

// How often keys of a kind that nobody has any more could still sign.
Result<void> pass_over_count(Settings&, std::string_view value)
{
    if (parse_number<std::uint32_t>(value).value_or(0) == 0)
        return bad_input(fmt::format("bad number of signatures \"{}\"", printable(value)));
    return {};
}

template <auto member>
Result<void> collect(Settings& settings, std::string_view value)
{
    (settings.*member).emplace_back(value);
    return {};
}

template <auto member>
Result<void> keep(Settings& settings, std::string_view value)
{
    settings.*member = value;
    return {};
}

constexpr std::array values{
    Value{'E', set_hash},
    Value{'H', collect<&Settings::known_hosts>},
    Value{'M', pass_over_count, WhenWrong::shows_usage},
    Value{'S', keep<&Settings::token_library>},
    Value{'e', keep<&Settings::provider_to_remove>},
    Value{'h', collect<&Settings::destinations>},
    Value{'m', pass_over_count, WhenWrong::shows_usage},
    Value{'s', keep<&Settings::provider_to_add>},
    Value{'t', set_lifetime, WhenWrong::shows_usage},
};

} // namespace

Result<Settings> parse_arguments(int count, char** arguments)
{
    Settings settings;
    settings.files = TRY(read_letters<Settings>(settings, count, arguments, flags, values));
    if (settings.test && settings.files.empty())
        return bad_input("no keys to test: -T takes the files of public keys");
    if (settings.plain_only && settings.certificates_only)
        return bad_input("-k is for plain keys, -C for certificates: give one of them");
    if (settings.lock && settings.unlock)
        return bad_input("-x locks and -X unlocks: give one of them");
    if (settings.list && settings.list_keys)
        return bad_input("-l lists fingerprints and -L whole keys: give one of them");
    if ((settings.list || settings.list_keys) + (settings.lock || settings.unlock) + settings.remove_all > 1)
        return bad_input("Invalid combination of actions: listing, locking and removing all are three, give one of them");
    return settings;
}

std::string_view usage()
{
    return R"(usage: ssh-add [-CcDdKkLlNqvXx] [-E hash] [-H known_hosts] [-h destination]
               [-S library] [-t lifetime] [file ...]
       ssh-add -s provider [-Ccqv] [-H known_hosts] [-h destination] [-t lifetime]
               [certificate ...]
       ssh-add -e provider
       ssh-add -T public_key ...
       ssh-add -Q
)";
}

} // namespace nacre::add_tool
