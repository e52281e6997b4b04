#include "tools/add/settings.h"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace nacre::add_tool {

namespace {

struct FlagRow {
    char letter;
    bool Settings::* member;
};

constexpr std::array flags{
    FlagRow{'D', &Settings::remove_all},
    FlagRow{'K', &Settings::resident},
    FlagRow{'L', &Settings::list_keys},
    FlagRow{'N', &Settings::certificates_stay},
    FlagRow{'Q', &Settings::query},
    FlagRow{'T', &Settings::test},
    FlagRow{'X', &Settings::unlock},
    FlagRow{'c', &Settings::confirm},
    FlagRow{'d', &Settings::remove},
    FlagRow{'k', &Settings::plain_only},
    FlagRow{'l', &Settings::list},
    FlagRow{'q', &Settings::quiet},
    FlagRow{'x', &Settings::lock},
};

struct ValueRow {
    char letter;
    Result<void> (*apply)(Settings& settings, std::string_view value);
};

Result<void> set_hash(Settings& settings, std::string_view value)
{
    if (equal_ignoring_case(value, "md5"))
        settings.fingerprint_hash = HashKind::md5;
    else if (equal_ignoring_case(value, "sha256"))
        settings.fingerprint_hash = HashKind::sha256;
    else
        return bad_input(fmt::format("Invalid hash algorithm \"{}\"", printable(value)));
    return {};
}

Result<void> set_lifetime(Settings& settings, std::string_view value)
{
    settings.lifetime = parse_duration(value);
    if (!settings.lifetime)
        return bad_input(fmt::format("Invalid lifetime \"{}\"", printable(value)));
    if (settings.lifetime == Seconds{0})
        settings.lifetime = std::nullopt;
    return {};
}

Result<void> add_destination(Settings& settings, std::string_view value)
{
    settings.destinations.emplace_back(value);
    return {};
}

Result<void> add_known_hosts(Settings& settings, std::string_view value)
{
    settings.known_hosts.emplace_back(value);
    return {};
}

Result<void> set_provider_to_add(Settings& settings, std::string_view value)
{
    settings.provider_to_add = value;
    return {};
}

Result<void> set_provider_to_remove(Settings& settings, std::string_view value)
{
    settings.provider_to_remove = value;
    return {};
}

// A library for FIDO tokens, which no key here lives on.
Result<void> ignore(Settings&, std::string_view) { return {}; }

constexpr std::array values{
    ValueRow{'E', set_hash},        ValueRow{'H', add_known_hosts},     ValueRow{'S', ignore},
    ValueRow{'e', set_provider_to_remove}, ValueRow{'h', add_destination}, ValueRow{'s', set_provider_to_add},
    ValueRow{'t', set_lifetime},
};

std::string option_letters()
{
    std::string letters{"+v"};                                    // no options behind the first file
    for (auto& row : flags)
        letters += row.letter;
    for (auto& row : values)
        (letters += row.letter) += ':';
    return letters;
}

} // namespace

Result<Settings> parse_arguments(int count, char** arguments)
{
    Settings settings;
    auto letters = option_letters();
    for (int letter; (letter = ::getopt(count, arguments, letters.c_str())) != -1;) {
        auto flag = std::ranges::find(flags, letter, &FlagRow::letter);
        auto value = std::ranges::find(values, letter, &ValueRow::letter);
        if (letter == 'v')
            ++settings.verbosity;
        else if (flag != flags.end())
            settings.*flag->member = true;
        else if (value != values.end())
            TRY(value->apply(settings, optarg));
        else
            settings.help = true;                                 // getopt has said what is wrong
    }
    settings.files.assign(arguments + std::min(optind, count), arguments + count);
    if (settings.test && settings.files.empty())
        settings.help = true;
    if (settings.lock && settings.unlock)
        return bad_input("-x locks and -X unlocks: give one of them");
    return settings;
}

std::string_view usage()
{
    return R"(usage: ssh-add [-cDdkLlNqvXx] [-E md5|sha256] [-H known_hosts] [-h destination]
               [-t lifetime] [file ...]
       ssh-add -s provider
       ssh-add -e provider
       ssh-add -T public_key ...
       ssh-add -Q
)";
}

} // namespace nacre::add_tool
