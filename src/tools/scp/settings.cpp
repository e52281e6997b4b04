#include "tools/scp/settings.h"

#include <fmt/format.h>

#include <array>

#include "base/port.h"
#include "base/text.h"
#include "tools/copy/long_flags.h"
#include "tools/letters.h"

namespace nacre::scp_tool {

namespace {

using Flag = FlagLetter<Settings>;
using Value = ValueLetter<Settings>;

constexpr std::array flags{
    Flag{'1', [](Settings& s) { s.help = true; }},                // protocol 1 is gone
    Flag{'2', [](Settings&) {}},
    Flag{'3', [](Settings& s) { s.between = Between::through_us; }},
    Flag{'4', [](Settings& s) { s.ssh.add('4'); }},
    Flag{'6', [](Settings& s) { s.ssh.add('6'); }},
    Flag{'A', [](Settings& s) { s.ssh.add('A'); s.forwards_agent = true; }},
    Flag{'B', [](Settings& s) { s.ssh.set("BatchMode=yes"); s.batch = true; }},
    Flag{'C', [](Settings& s) { s.ssh.add('C'); }},
    Flag{'O', [](Settings& s) { s.protocol = Protocol::old; }},
    Flag{'R', [](Settings& s) { s.between = Between::directly; }},
    Flag{'T', [](Settings& s) { s.trusts_names = true; }},
    Flag{'d', [](Settings& s) { s.into_directory = true; }},
    Flag{'f', [](Settings& s) { s.role = Role::source; }},
    Flag{'p', [](Settings& s) { s.preserve = true; }},
    Flag{'q', [](Settings& s) { s.ssh.add('q'); s.quiet = true; }},
    Flag{'r', [](Settings& s) { s.recursive = true; }},
    Flag{'s', [](Settings& s) { s.protocol = Protocol::sftp; }},
    Flag{'t', [](Settings& s) { s.role = Role::sink; }},
    Flag{'v', [](Settings& s) { s.ssh.add('v'); ++s.verbosity; }},
};

template <char letter>
Result<void> pass_on(Settings& settings, std::string_view value)
{
    settings.ssh.add(letter, value);
    return {};
}

Result<void> set_port(Settings& settings, std::string_view value)
{
    settings.port = parse_port(value);
    if (!settings.port)
        return bad_input(fmt::format("bad port \"{}\"", printable(value)));
    return {};
}

Result<void> set_limit(Settings& settings, std::string_view value)
{
    settings.limit = value;
    settings.bytes_per_second = TRY(parse_limit(value));
    return {};
}

Result<void> set_mode(Settings& settings, std::string_view value)
{
    if (value != "sftp" && value != "scp")
        return bad_input(fmt::format("unknown protocol \"{}\": sftp or scp", printable(value)));
    settings.protocol = value == "sftp" ? Protocol::sftp : Protocol::old;
    return {};
}

constexpr std::array values{
    Value{'D', [](Settings& s, std::string_view value) -> Result<void> { s.direct = value; return {}; }},
    Value{'F', pass_on<'F'>},
    Value{'J', pass_on<'J'>},
    Value{'M', set_mode, WhenWrong::shows_usage},
    Value{'P', set_port},
    Value{'S', [](Settings& s, std::string_view value) -> Result<void> { s.ssh.program = value; return {}; }},
    Value{'X', [](Settings& s, std::string_view value) { return s.tuning.set(value); }},
    Value{'c', pass_on<'c'>},
    Value{'i', pass_on<'i'>},
    Value{'l', set_limit, WhenWrong::shows_usage},
    Value{'o', pass_on<'o'>},
};

constexpr std::array long_flags{
    LongFlag<Settings>{"--atomic", [](Settings& s) { s.atomic = true; }},
    LongFlag<Settings>{"--resume", [](Settings& s) { s.resume = true; }},
};

} // namespace

sftp::CopyOptions Settings::copies() const
{
    return {.recursive = recursive,
            .preserve = preserve,
            .follow_links = true,
            .in_place = !atomic && !resume,
            .atomic = atomic,
            .resume = resume ? sftp::Resume::verified : sftp::Resume::no,
            .block_size = tuning.block_size,
            .requests = tuning.requests};
}

Result<Settings> parse_arguments(int count, char** arguments)
{
    Settings settings;
    settings.ssh.options.emplace_back("-x");
    for (auto option : {"PermitLocalCommand=no", "ClearAllForwardings=yes", "RemoteCommand=none", "RequestTTY=no"})
        settings.ssh.set(option);
    count = take_long_flags<Settings>(settings, count, arguments, long_flags);
    settings.words = TRY(read_letters<Settings>(settings, count, arguments, flags, values));
    settings.tuning.suit_limit(settings.bytes_per_second);
    if (!settings.forwards_agent)                                 // behind -o, which may ask for it
        settings.ssh.set("ForwardAgent=no");
    std::size_t least = settings.role == Role::user ? 2 : 1;
    settings.help |= settings.words.size() < least || (settings.role == Role::sink && settings.words.size() > 1);
    if (settings.protocol == Protocol::old && (settings.atomic || settings.resume))
        return bad_input("--atomic and --resume need the SFTP protocol");
    return settings;
}

std::string_view usage()
{
    return R"(usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
           [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
           [-P port] [-S program] [-X sftp_option] [--resume] [--atomic]
           source ... target
--resume compares samples of what is there, not all of it: see scp(1)
)";
}

} // namespace nacre::scp_tool
