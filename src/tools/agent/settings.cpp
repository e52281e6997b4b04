#include "tools/agent/settings.h"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "os/environment.h"

namespace nacre::agent_tool {

namespace {

struct FlagRow {
    char letter;
    void (*apply)(Settings& settings);
};

constexpr std::array flags{
    FlagRow{'D', [](Settings& s) { s.foreground = true; }},
    FlagRow{'T', [](Settings& s) { s.in_temporary_folder = true; }},
    FlagRow{'U', [](Settings& s) { s.keep_stale_sockets = true; }},
    FlagRow{'V', [](Settings& s) { s.version = true; }},
    FlagRow{'c', [](Settings& s) { s.help = s.help || s.c_shell == false; s.c_shell = true; }},
    FlagRow{'d', [](Settings& s) { s.debug = true; }},
    FlagRow{'k', [](Settings& s) { s.kill = true; }},
    FlagRow{'s', [](Settings& s) { s.help = s.help || s.c_shell == true; s.c_shell = false; }},
    FlagRow{'u', [](Settings& s) { ++s.clean_up; }},
};

Result<void> set_socket(Settings& settings, std::string_view value)
{
    settings.socket = value;
    return {};
}

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

// They say which libraries for tokens may be loaded, and what keys on tokens may sign; there are no such keys here, so
// nothing is allowed by them.
Result<void> check_token_option(Settings&, std::string_view value)
{
    if (value != "no-restrict-websafe" && value != "allow-remote-pkcs11" && !value.starts_with("websafe-allow="))
        return bad_input(fmt::format("Unknown -O option \"{}\"", printable(value)));
    return {};
}

Result<void> take_providers(Settings&, std::string_view) { return {}; }

struct ValueRow {
    char letter;
    Result<void> (*apply)(Settings& settings, std::string_view value);
};

constexpr std::array values{
    ValueRow{'E', set_hash},       ValueRow{'O', check_token_option}, ValueRow{'P', take_providers},
    ValueRow{'a', set_socket},     ValueRow{'t', set_lifetime},
};

std::string option_letters()
{
    std::string letters{"+"};                                     // the first other word begins a command
    for (auto& row : flags)
        letters += row.letter;
    for (auto& row : values)
        (letters += row.letter) += ':';
    return letters;
}

} // namespace

bool Settings::prints_c_shell() const
{
    return c_shell.value_or(environment_variable("SHELL").value_or("").ends_with("csh"));
}

Result<Settings> parse_arguments(int count, char** arguments)
{
    Settings settings;
    auto letters = option_letters();
    for (int letter; (letter = ::getopt(count, arguments, letters.c_str())) != -1;) {
        auto flag = std::ranges::find(flags, letter, &FlagRow::letter);
        auto value = std::ranges::find(values, letter, &ValueRow::letter);
        if (flag != flags.end())
            flag->apply(settings);
        else if (value != values.end())
            TRY(value->apply(settings, optarg));
        else
            settings.help = true;                                 // getopt has said what is wrong
    }
    settings.command.assign(arguments + std::min(optind, count), arguments + count);
    bool command_and_more = !settings.command.empty() &&
                            (settings.c_shell || settings.kill || settings.debug || settings.foreground);
    if (command_and_more || (settings.foreground && settings.debug))
        settings.help = true;
    return settings;
}

std::string_view usage()
{
    return R"(usage: ssh-agent [-c | -s] [-D | -d] [-TUV] [-a socket] [-E md5|sha256] [-O option]
                 [-P providers] [-t lifetime]
       ssh-agent [-TU] [-a socket] [-E md5|sha256] [-O option] [-P providers]
                 [-t lifetime] command [argument ...]
       ssh-agent [-c | -s] -k
       ssh-agent -u [-u]
)";
}

} // namespace nacre::agent_tool
