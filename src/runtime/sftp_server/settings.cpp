#include "runtime/sftp_server/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace nacre::sftp {

namespace {

enum class WhenWrong { ends, shows_usage };                       // as with OpenSSH's, which scripts know by the status

struct Letter {
    char letter;
    bool takes_value;
    Result<void> (*apply)(ServerSettings& settings, std::string_view value);
    WhenWrong when_wrong = WhenWrong::ends;
};

Result<void> set_log_level(ServerSettings& settings, std::string_view value)
{
    auto level = parse_log_level(value);
    if (!level)
        return bad_input(fmt::format("Invalid log level \"{}\"", printable(value)));
    settings.log_level = *level;
    return {};
}

Result<void> set_facility(ServerSettings& settings, std::string_view value)
{
    auto facility = parse_syslog_facility(value);
    if (!facility)
        return bad_input(fmt::format("Invalid log facility \"{}\"", printable(value)));
    settings.facility = *facility;
    return {};
}

Result<void> set_mask(ServerSettings& settings, std::string_view value)
{
    auto mask = parse_number<unsigned>(value, 8);
    if (!mask || *mask > 0777)
        return bad_input(fmt::format("Invalid umask \"{}\"", printable(value)));
    settings.mask = *mask;
    return {};
}

Result<void> set_query(ServerSettings& settings, std::string_view value)
{
    if (value != "requests")
        return bad_input(fmt::format("Invalid query type \"{}\"", printable(value)));
    settings.list_requests = true;
    return {};
}

// Given twice it would be unclear which of the two holds.
Result<void> set_list(std::string_view letter, bool given, std::string_view value)
{
    if (given)
        return bad_input(fmt::format("-{} given twice", letter));
    if (value.empty())
        return bad_input(fmt::format("-{}: an empty list", letter));
    return {};
}

constexpr std::array letters{
    Letter{'d', true, [](ServerSettings& s, std::string_view v) { s.start_directory = v; return Result<void>{}; }},
    Letter{'e', false, [](ServerSettings& s, std::string_view) { s.log_to_stderr = true; return Result<void>{}; }},
    Letter{'f', true, set_facility, WhenWrong::shows_usage},
    Letter{'h', false, [](ServerSettings& s, std::string_view) { s.help = true; return Result<void>{}; }},
    Letter{'l', true, set_log_level, WhenWrong::shows_usage},
    Letter{'P', true, [](ServerSettings& s, std::string_view v) {
               auto first = set_list("P", !s.rules.denied.empty(), v);
               s.rules.denied = v;
               return first;
           }},
    Letter{'p', true, [](ServerSettings& s, std::string_view v) {
               auto first = set_list("p", s.rules.allowed.has_value(), v);
               s.rules.allowed = v;
               return first;
           }},
    Letter{'Q', true, set_query, WhenWrong::shows_usage},
    Letter{'R', false, [](ServerSettings& s, std::string_view) { s.rules.read_only = true; return Result<void>{}; }},
    Letter{'u', true, set_mask},
};

} // namespace

// Not getopt(3), whose place in the command line belongs to the process: sshd-user starts many servers.
Result<ServerSettings> parse_server_arguments(const std::vector<std::string>& arguments, std::string& complaint)
{
    ServerSettings settings;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string_view word = arguments[i];
        if (word.size() < 2 || word[0] != '-' || word == "--")
            break;                                                // words that are no options: OpenSSH's scp -D adds some
        for (word.remove_prefix(1); !word.empty();) {
            if (word[0] == 'c')
                return settings;                                  // somebody's login shell: a command follows, and is ignored
            auto row = std::ranges::find(letters, word[0], &Letter::letter);
            if (row == letters.end()) {
                complaint = fmt::format("invalid option -- '{}'", printable(word.substr(0, 1)));
                settings.help = true;
                return settings;
            }
            word.remove_prefix(1);
            std::string_view value;
            if (row->takes_value && word.empty() && ++i == arguments.size()) {
                complaint = fmt::format("option requires an argument -- '{}'", row->letter);
                settings.help = true;
                return settings;
            }
            if (row->takes_value)
                value = word.empty() ? std::string_view{arguments[i]} : std::exchange(word, {});
            auto applied = row->apply(settings, value);
            if (!applied && row->when_wrong == WhenWrong::ends)
                return fail(std::move(applied.error()));
            if (!applied) {
                complaint = std::move(applied.error().what);
                settings.help = true;
                return settings;
            }
        }
    }
    return settings;
}

std::string_view server_usage()
{
    return R"(usage: sftp-server [-ehR] [-d start_directory] [-f log_facility]
                   [-l log_level] [-P denied_requests]
                   [-p allowed_requests] [-u umask]
       sftp-server -Q protocol_feature
)";
}

} // namespace nacre::sftp
