#include "tools/sftp/settings.h"

#include <array>

#include "base/text.h"
#include "tools/copy/long_flags.h"
#include "tools/copy/place.h"
#include "tools/letters.h"

namespace nacre::sftp_tool {

namespace {

using Flag = FlagLetter<Settings>;
using Value = ValueLetter<Settings>;

constexpr std::array flags{
    Flag{'1', [](Settings& s) { s.help = true; }},                // protocol 1 is gone
    Flag{'2', [](Settings&) {}},
    Flag{'4', [](Settings& s) { s.ssh.add('4'); }},
    Flag{'6', [](Settings& s) { s.ssh.add('6'); }},
    Flag{'A', [](Settings& s) { s.ssh.add('A'); s.forwards_agent = true; }},
    Flag{'C', [](Settings& s) { s.ssh.add('C'); }},
    Flag{'N', [](Settings& s) { s.noisy = true; }},
    Flag{'a', [](Settings& s) { s.preferences.copies.resume = sftp::Resume::trusting; }},
    Flag{'f', [](Settings& s) { s.preferences.copies.sync = true; }},
    Flag{'h', [](Settings& s) { s.help = true; }},
    Flag{'p', [](Settings& s) { s.preferences.copies.preserve = true; }},
    Flag{'q', [](Settings& s) { s.ssh.add('q'); s.preferences.quiet = true; s.preferences.progress = false; }},
    Flag{'r', [](Settings& s) { s.preferences.copies.recursive = true; }},
    Flag{'v', [](Settings& s) { s.ssh.add('v'); ++s.verbosity; }},
};

template <char letter>
Result<void> pass_on(Settings& settings, std::string_view value)
{
    settings.ssh.add(letter, value);
    return {};
}

Result<void> set_batch(Settings& settings, std::string_view value)
{
    if (!settings.batch_file.empty())
        return bad_input("Batch file already specified.");
    settings.batch_file = value;
    settings.ssh.set("BatchMode=yes");
    settings.preferences.progress = false;
    return {};
}

Result<void> set_block_size(Settings& settings, std::string_view value)
{
    settings.tuning.block_size = TRY(parse_block_size(value));
    return {};
}

Result<void> set_requests(Settings& settings, std::string_view value)
{
    settings.tuning.requests = TRY(parse_request_count(value));
    return {};
}

Result<void> set_limit(Settings& settings, std::string_view value)
{
    settings.bytes_per_second = TRY(parse_limit(value));
    return {};
}

constexpr std::array values{
    Value{'B', set_block_size},
    Value{'D', [](Settings& s, std::string_view value) -> Result<void> { s.direct = value; return {}; }},
    Value{'F', pass_on<'F'>},
    Value{'J', pass_on<'J'>},
    Value{'P', [](Settings& s, std::string_view value) -> Result<void> { s.ssh.add('o', fmt::format("Port={}", value)); return {}; }},
    Value{'R', set_requests},
    Value{'S', [](Settings& s, std::string_view value) -> Result<void> { s.ssh.program = value; return {}; }},
    Value{'X', [](Settings& s, std::string_view value) { return s.tuning.set(value); }},
    Value{'b', set_batch},
    Value{'c', pass_on<'c'>},
    Value{'i', pass_on<'i'>},
    Value{'l', set_limit, WhenWrong::shows_usage},
    Value{'o', pass_on<'o'>},
    Value{'s', [](Settings& s, std::string_view value) -> Result<void> { s.subsystem = value; return {}; }},
};

constexpr std::array long_flags{
    LongFlag<Settings>{"--atomic", [](Settings& s) { s.preferences.copies.atomic = true; }},
    LongFlag<Settings>{"--resume", [](Settings& s) { s.preferences.copies.resume = sftp::Resume::verified; }},
};

} // namespace

Result<Location> parse_destination(std::string_view text)
{
    if (has_scheme("sftp", text))
        return parse_uri_with_path("sftp", text);
    auto place = TRY(parse_place(text));
    if (place.host)
        return Location{std::move(*place.host), std::move(place.path)};
    auto host = TRY(parse_user_and_host(text));                   // no colon: no path
    return Location{std::move(host), {}};
}

Result<Settings> parse_arguments(int count, char** arguments)
{
    Settings settings;
    for (auto option : {"ForwardX11=no", "PermitLocalCommand=no", "ClearAllForwardings=yes"})
        settings.ssh.set(option);
    count = take_long_flags<Settings>(settings, count, arguments, long_flags);
    settings.words = TRY(read_letters<Settings>(settings, count, arguments, flags, values));
    settings.tuning.suit_limit(settings.bytes_per_second);
    if (!settings.forwards_agent)                                 // behind -o, which may ask for it
        settings.ssh.set("ForwardAgent=no");
    auto& copies = settings.preferences.copies;
    copies.block_size = settings.tuning.block_size;
    copies.requests = settings.tuning.requests;
    if (!settings.batch_file.empty())                             // ssh goes on saying why it cannot connect
        settings.preferences.quiet = true;
    if (settings.noisy)
        settings.preferences.quiet = false;
    if (!settings.direct.empty()) {
        if (!settings.words.empty())
            settings.place.path = settings.words[0];
        settings.help |= settings.words.size() > 2;
    } else if (settings.words.empty() || settings.words.size() > 2) {
        settings.help = true;
    } else {
        settings.place = TRY(parse_destination(settings.words[0]));
    }
    if (settings.words.size() == 2)
        settings.target = settings.words[1];
    return settings;
}

std::string_view usage()
{
    return R"(usage: sftp [-46AaCfNpqrv] [-B buffer_size] [-b batchfile] [-c cipher]
          [-D sftp_server_command] [-F ssh_config] [-i identity_file]
          [-J destination] [-l limit] [-o ssh_option] [-P port]
          [-R num_requests] [-S program] [-s subsystem | sftp_server]
          [-X sftp_option] [--resume] [--atomic] destination
--resume compares samples of what is there, -a nothing but its size: see sftp(1)
)";
}

} // namespace nacre::sftp_tool
