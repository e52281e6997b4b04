#include "tools/agent/settings.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "os/environment.h"
#include "tools/letters.h"

namespace nacre::agent_tool {

namespace {

using Flag = FlagLetter<Settings>;
using Value = ValueLetter<Settings>;

constexpr std::array flags{
    Flag{'D', [](Settings& s) { s.foreground = true; }},
    Flag{'T', [](Settings& s) { s.in_temporary_folder = true; }},
    Flag{'U', [](Settings& s) { s.keep_stale_sockets = true; }},
    Flag{'V', [](Settings& s) { s.version = true; }},
    Flag{'c', [](Settings& s) { s.help = s.help || s.c_shell == false; s.c_shell = true; }},
    Flag{'d', [](Settings& s) { s.debug = true; }},
    Flag{'k', [](Settings& s) { s.kill = true; }},
    Flag{'s', [](Settings& s) { s.help = s.help || s.c_shell == true; s.c_shell = false; }},
    Flag{'u', [](Settings& s) { ++s.clean_up; }},
};

Result<void> set_socket(Settings& settings, std::string_view value)
{
    settings.socket = value;
    return {};
}

Result<void> set_hash(Settings& settings, std::string_view value)
{
    settings.fingerprint_hash = TRY(fingerprint_hash_named(value));
    return {};
}

Result<void> set_lifetime(Settings& settings, std::string_view value)
{
    settings.lifetime = TRY(parse_lifetime(value));
    return {};
}

Result<void> set_token_option(Settings& settings, std::string_view value)
{
    constexpr std::string_view allow = "websafe-allow=";
    if (value == "no-restrict-websafe")
        settings.free_applications.clear();
    else if (value == "allow-remote-pkcs11")
        settings.remote_clients_add_libraries = true;
    else if (value.starts_with(allow) && value.size() > allow.size())
        settings.free_applications = value.substr(allow.size());
    else
        return bad_input(fmt::format("Unknown -O option \"{}\"", printable(value)));
    return {};
}

Result<void> set_libraries(Settings& settings, std::string_view value)
{
    settings.libraries = value;
    return {};
}

constexpr std::array values{
    Value{'E', set_hash},       Value{'O', set_token_option}, Value{'P', set_libraries},
    Value{'a', set_socket},     Value{'t', set_lifetime, WhenWrong::shows_usage},
};

} // namespace

bool Settings::prints_c_shell() const
{
    return c_shell.value_or(environment_variable("SHELL").value_or("").ends_with("csh"));
}

Result<Settings> parse_arguments(int count, char** arguments)
{
    Settings settings;
    settings.command = TRY(read_letters<Settings>(settings, count, arguments, flags, values));
    bool command_and_more = !settings.command.empty() &&
                            (settings.c_shell || settings.kill || settings.debug || settings.foreground);
    if (command_and_more || (settings.foreground && settings.debug))
        settings.help = true;
    return settings;
}

std::string_view usage()
{
    return R"(usage: ssh-agent [-c | -s] [-D | -d] [-TUV] [-a socket] [-E hash] [-O option]
                 [-P providers] [-t lifetime]
       ssh-agent [-TU] [-a socket] [-E hash] [-O option] [-P providers]
                 [-t lifetime] command [argument ...]
       ssh-agent [-c | -s] -k
       ssh-agent -u [-u]
)";
}

} // namespace nacre::agent_tool
