#include "client/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "client/flags.h"
#include "config/destination.h"
#include "config/usage.h"

namespace nacre {
namespace {

class Words {
public:
    explicit Words(std::span<const std::string> words) : words_(words) {}

    bool is_empty() const { return words_.empty(); }
    std::string take()
    {
        auto word = words_.front();
        words_ = words_.subspan(1);
        return word;
    }

    // All options up to the first word that is none.  -V and -Q end it: they are answered at once.  Behind a "--" there are
    // none any more, also not behind the host: whoever writes it has put words there that he does not know.
    Result<void> options(Reading& reading)
    {
        while (!are_over_ && !words_.empty() && words_.front().size() > 1 && words_.front().front() == '-') {
            auto word = take();
            are_over_ = word == "--";
            if (are_over_)
                return {};
            if (word.starts_with("--")) {
                TRY(long_option(reading, std::string_view{word}.substr(2)));
                if (reading.line.action == CommandLine::Action::show_help)
                    return {};
                continue;
            }
            for (std::size_t at = 1; at < word.size(); ++at) {
                auto flag = std::ranges::find(flags(), word[at], &Flag::letter);
                if (flag == flags().end())
                    return bad_input(fmt::format("unknown option -- {}\n{}", printable(word.substr(at, 1)), usage()));
                if (flag->takes == Takes::nothing) {
                    TRY(obey(reading, *flag, {}));
                    if (reading.line.action == CommandLine::Action::show_version)
                        return {};
                    continue;
                }
                auto rest = word.substr(at + 1);
                if (rest.empty() && words_.empty())
                    return bad_input(fmt::format("option requires an argument -- {}\n{}", word[at], usage()));
                TRY(obey(reading, *flag, rest.empty() ? take() : rest));
                if (reading.line.action == CommandLine::Action::answer_query)
                    return {};
                break;
            }
        }
        return {};
    }

private:
    // "name", "name=value", or the value is the next word.  A name may have a "=" of its own.
    Result<void> long_option(Reading& reading, std::string_view text)
    {
        bool is_whole_name = std::ranges::find(long_flags(), text, &LongFlag::name) != long_flags().end();
        auto equals = is_whole_name ? std::string_view::npos : text.find('=');
        auto name = text.substr(0, equals);
        auto flag = std::ranges::find(long_flags(), name, &LongFlag::name);
        bool value_given = equals != std::string_view::npos;
        if (flag == long_flags().end() || (value_given && flag->takes == Takes::nothing))
            return bad_input(fmt::format("unknown option -- {}\n{}", printable(text), usage()));
        if (flag->takes == Takes::value && !value_given && words_.empty())
            return bad_input(fmt::format("option requires an argument -- {}\n{}", name, usage()));
        auto value = value_given ? std::string{text.substr(equals + 1)} : std::string{};
        if (flag->takes == Takes::value && !value_given)
            value = take();
        flag->act(reading, value);
        return {};
    }

    std::span<const std::string> words_;
    bool are_over_ = false;                                       // the options
};

// "[user@]host" or a URI.  Both names are checked before anything expands them (they may end up in commands).
Result<void> read_destination(Reading& reading, const std::string& word)
{
    Destination where;
    if (word.starts_with("ssh://")) {
        where = TRY(parse_uri(word));
    } else {
        auto at = word.rfind('@');
        if (at == 0)
            return bad_input(usage());
        if (at != std::string::npos)
            where.user = word.substr(0, at);
        where.host = at == std::string::npos ? word : word.substr(at + 1);
    }
    if (where.host.empty())
        return bad_input(usage());
    if (!where.user.empty())
        TRY(check_login_name(where.user));
    if (!check_host_name(where.host))
        return bad_input("hostname contains invalid characters");
    if (!where.user.empty())
        reading.line.settings.push_back({"User", where.user});
    if (where.port)
        reading.line.settings.push_back({"Port", std::to_string(*where.port)});
    reading.line.host = where.host;
    return {};
}

// Flags that win over any -o, wherever they stand.
void put_first(Reading& reading)
{
    auto& settings = reading.line.settings;
    if (!reading.master.empty())
        settings.insert(settings.begin(), {"ControlMaster", reading.master});
    if (!reading.tty.empty())
        settings.insert(settings.begin(), {"RequestTTY", reading.tty});
    if (reading.quiet)
        settings.insert(settings.begin(), {"LogLevel", "QUIET"});
    if (reading.verbosity > 0)
        settings.insert(settings.begin(), {"LogLevel", fmt::format("DEBUG{}", reading.verbosity)});
}

bool is_answered_at_once(const CommandLine& line)
{
    using Action = CommandLine::Action;
    return line.action == Action::show_version || line.action == Action::show_help || line.action == Action::answer_query;
}

} // namespace

Result<CommandLine> parse_arguments(std::span<const std::string> arguments)
{
    Reading reading;
    Words words{arguments};
    auto& line = reading.line;
    TRY(words.options(reading));
    if (is_answered_at_once(line) || line.action == CommandLine::Action::complete)
        return line;
    if (words.is_empty() && line.action == CommandLine::Action::lint)
        return line;                                              // of the files, whatever the host
    if (words.is_empty())
        return bad_input(usage());
    TRY(read_destination(reading, words.take()));
    TRY(words.options(reading));
    if (is_answered_at_once(line))
        return line;
    while (!words.is_empty()) {
        if (!line.command.empty())
            line.command += ' ';
        line.command += words.take();
    }
    if (line.subsystem && line.command.empty())
        return bad_input("You must specify a subsystem to invoke.\n" + usage());
    if (reading.no_command && line.subsystem)
        return bad_input("Cannot specify -N with -s");
    if (!line.join.empty() && !line.control_command.empty())
        return bad_input("Cannot specify multiplexing command with --join");
    if (line.stdio_forward && !line.control_command.empty())
        return bad_input("Cannot specify multiplexing command with -W");
    put_first(reading);
    return line;
}

std::vector<CompletedOption> completed_options()
{
    struct Value {
        std::string_view shown;
        Completes completes;
    };
    constexpr std::array values{                                  // of others anything may stand behind the flag
        Value{"cipher_spec", Completes::ciphers}, Value{"configfile", Completes::files},
        Value{"ctl_path", Completes::files},      Value{"identity_file", Completes::files},
        Value{"log_file", Completes::files},      Value{"mac_spec", Completes::macs},
        Value{"option", Completes::keywords},     Value{"pkcs11", Completes::files},
        Value{"query_option", Completes::queries},
    };
    std::vector<CompletedOption> options;
    for (auto& flag : flags()) {
        if (flag.letter == '1' || flag.letter == '2')
            continue;
        auto found = std::ranges::find(values, flag.shown, &Value::shown);
        auto value = found != values.end() ? found->completes : Completes::anything;
        options.push_back({fmt::format("-{}", flag.letter), flag.takes == Takes::value ? value : Completes::nothing,
                           std::string{flag.shown}});
    }
    for (auto& flag : long_flags())
        options.push_back({fmt::format("--{}", flag.name), flag.completes, std::string{flag.shown}});
    return options;
}

std::string usage()
{
    constexpr std::array<std::string_view, 2> words{"destination", "[command [argument ...]]"};
    return usage_text("ssh", completed_options(), words);
}

} // namespace nacre
