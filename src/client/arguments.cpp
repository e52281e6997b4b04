#include "client/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/log.h"
#include "base/table.h"
#include "base/text.h"
#include "client/mux/mux_client.h"
#include "config/algorithm_lists.h"
#include "config/destination.h"
#include "config/forward.h"
#include "config/usage.h"
#include "os/resolve.h"

namespace nacre {
namespace {

// What is collected while the words are read.
struct Reading {
    CommandLine line;
    unsigned verbosity = 0;                                       // how many -v
    bool quiet = false;
    std::string tty;                                              // RequestTTY by -t and -T: the last one counts
    std::string master;                                           // ControlMaster by -M, which may be said twice
    bool no_command = false;                                      // -N
};

enum class Takes { nothing, value };

struct Flag {
    char letter;
    Takes takes;
    std::string_view shown;                                       // the value's name in the usage text
    std::string_view keyword;                                     // the setting it stands for, if it is no more than that
    std::string_view setting;                                     // what it is set to, where the flag takes no value
    Result<void> (*act)(Reading&, std::string_view value);        // or what it does; checks where there is a keyword
};

// A flag of which the last counts, and more than any -o: "ssh -A" as somebody's alias does not keep -a from being obeyed.
void override_by(Reading& reading, std::string_view keyword, std::string_view value)
{
    reading.line.settings.insert(reading.line.settings.begin(), {std::string{keyword}, std::string{value}});
}

Result<void> check_port(Reading&, std::string_view value)
{
    auto port = service_port(std::string{value});
    if (!port || *port == 0)
        return bad_input(fmt::format("Bad port '{}'", printable(value)));
    return {};
}

Result<void> check_ciphers(Reading&, std::string_view value)
{
    if (!edit_algorithms(AlgorithmList::ciphers, value))
        return bad_input(fmt::format("Unknown cipher type '{}'", printable(value)));
    return {};
}

Result<void> check_macs(Reading&, std::string_view value)
{
    if (!edit_algorithms(AlgorithmList::macs, value))
        return bad_input(fmt::format("Unknown mac type '{}'", printable(value)));
    return {};
}

Result<void> check_escape(Reading&, std::string_view value)
{
    bool control = value.size() == 2 && value[0] == '^' && value[1] >= 64 && value[1] < 127;
    if (value.size() != 1 && !control && value != "none")
        return bad_input(fmt::format("Bad escape character '{}'.", printable(value)));
    return {};
}

Result<void> check_user(Reading&, std::string_view value)
{
    if (!check_user_name(value))
        return bad_input("remote username contains invalid characters");
    return {};
}

Result<void> check_only_jump(Reading& reading, std::string_view)
{
    if (std::ranges::count(reading.line.settings, "ProxyJump", &Setting::keyword) > 0)
        return bad_input("Only a single -J option is permitted (use commas to separate multiple jump hops)");
    return {};
}

template <ForwardKind kind>
Result<void> check_forward(Reading&, std::string_view value)
{
    constexpr auto what = kind == ForwardKind::local ? "local " : kind == ForwardKind::remote ? "remote " : "dynamic ";
    if (!parse_forward(value, kind))
        return bad_input(fmt::format("Bad {}forwarding specification '{}'", what, printable(value)));
    return {};
}

// host:port, or the path of a socket.
Result<void> forward_stdio(Reading& reading, std::string_view value)
{
    Forward::End to;
    auto place = split_host_port(value);
    std::uint16_t port = 0;                                       // no port one can connect to
    if (place && place->port)
        port = service_port(*place->port).value_or(0);
    if (value.contains('/')) {
        to.path = value;
    } else if (!place || place->host.empty() || port == 0) {
        return bad_input(fmt::format("Bad stdio forwarding specification '{}'", printable(value)));
    } else {
        to.host = place->host;
        to.port = port;
    }
    if (reading.line.stdio_forward)
        return bad_input("stdio forward already specified");
    reading.line.stdio_forward = to;
    reading.no_command = true;
    reading.tty = "no";
    reading.line.settings.push_back({"SessionType", "none"});
    return {};
}

constexpr auto no = Takes::nothing, yes = Takes::value;

// In the order of the usage text: capitals and digits first, those with values behind.
constexpr std::array flags{
    Flag{'4', no, "", "AddressFamily", "inet", nullptr},
    Flag{'6', no, "", "AddressFamily", "inet6", nullptr},
    Flag{'1', no, "", "", "", [](Reading&, std::string_view) -> Result<void> {
             return bad_input("SSH protocol v.1 is no longer supported");
         }},
    Flag{'2', no, "", "", "", [](Reading&, std::string_view) -> Result<void> { return {}; }},
    Flag{'A', no, "", "ForwardAgent", "yes", nullptr},
    Flag{'a', no, "", "ForwardAgent", "no", nullptr},
    Flag{'C', no, "", "Compression", "yes", nullptr},
    Flag{'f', no, "", "ForkAfterAuthentication", "yes", [](Reading& reading, std::string_view) -> Result<void> {
             override_by(reading, "StdinNull", "yes");
             return {};
         }},
    Flag{'G', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.line.action = CommandLine::Action::print_configuration;
             return {};
         }},
    Flag{'g', no, "", "GatewayPorts", "yes", nullptr},
    Flag{'K', no, "", "GSSAPIAuthentication", "yes",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.line.settings.push_back({"GSSAPIDelegateCredentials", "yes"});
             return {};
         }},
    Flag{'k', no, "", "GSSAPIDelegateCredentials", "no", nullptr},
    Flag{'M', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.master = reading.master.empty() ? "yes" : "ask";
             return {};
         }},
    Flag{'N', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.no_command = true;
             reading.line.settings.push_back({"SessionType", "none"});
             return {};
         }},
    Flag{'n', no, "", "StdinNull", "yes", nullptr},
    Flag{'q', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.quiet = true;
             reading.verbosity = 0;
             return {};
         }},
    Flag{'s', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.line.subsystem = true;
             reading.line.settings.push_back({"SessionType", "subsystem"});
             return {};
         }},
    Flag{'T', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.tty = "no";
             return {};
         }},
    Flag{'t', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.tty = reading.tty == "yes" || reading.tty == "force" ? "force" : "yes";
             return {};
         }},
    Flag{'V', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.line.action = CommandLine::Action::show_version;
             return {};
         }},
    Flag{'v', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.quiet = false;
             reading.verbosity = std::min(reading.verbosity + 1, 3U);
             return {};
         }},
    Flag{'X', no, "", "ForwardX11", "yes", nullptr},
    Flag{'x', no, "", "ForwardX11", "no", nullptr},
    Flag{'Y', no, "", "ForwardX11", "yes", [](Reading& reading, std::string_view) -> Result<void> {
             override_by(reading, "ForwardX11Trusted", "yes");
             return {};
         }},
    Flag{'y', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.line.use_syslog = true;
             return {};
         }},
    Flag{'Z', no, "", "", "",
         [](Reading& reading, std::string_view) -> Result<void> {
             reading.line.action = CommandLine::Action::list_offers;
             return {};
         }},
    Flag{'B', yes, "bind_interface", "BindInterface", "", nullptr},
    Flag{'b', yes, "bind_address", "BindAddress", "", nullptr},
    Flag{'c', yes, "cipher_spec", "Ciphers", "", check_ciphers},
    Flag{'D', yes, "[bind_address:]port", "DynamicForward", "", check_forward<ForwardKind::dynamic>},
    Flag{'E', yes, "log_file", "", "",
         [](Reading& reading, std::string_view value) -> Result<void> {
             reading.line.log_file = value;
             return {};
         }},
    Flag{'e', yes, "escape_char", "EscapeChar", "", check_escape},
    Flag{'F', yes, "configfile", "", "",
         [](Reading& reading, std::string_view value) -> Result<void> {
             reading.line.config_file = std::string{value};
             return {};
         }},
    Flag{'I', yes, "pkcs11", "PKCS11Provider", "", nullptr},
    Flag{'i', yes, "identity_file", "IdentityFile", "", nullptr},
    Flag{'J', yes, "destination", "ProxyJump", "", check_only_jump},
    Flag{'L', yes, "address", "LocalForward", "", check_forward<ForwardKind::local>},
    Flag{'l', yes, "login_name", "User", "", check_user},
    Flag{'m', yes, "mac_spec", "MACs", "", check_macs},
    Flag{'O', yes, "ctl_cmd", "", "",
         [](Reading& reading, std::string_view value) -> Result<void> {
             if (!reading.line.control_command.empty())
                 return bad_input("Multiplexing command already specified");
             if (!MuxClient::knows(value))
                 return bad_input("Invalid multiplex command.");
             reading.line.control_command = value;
             return {};
         }},
    Flag{'o', yes, "option", "", "",
         [](Reading& reading, std::string_view value) -> Result<void> {
             reading.line.settings.push_back({"", std::string{value}});
             return {};
         }},
    Flag{'P', yes, "tag", "Tag", "", nullptr},
    Flag{'p', yes, "port", "Port", "", check_port},
    Flag{'Q', yes, "query_option", "", "",
         [](Reading& reading, std::string_view value) -> Result<void> {
             reading.line.action = CommandLine::Action::answer_query;
             reading.line.query = value;
             return {};
         }},
    Flag{'R', yes, "address", "RemoteForward", "", check_forward<ForwardKind::remote>},
    Flag{'S', yes, "ctl_path", "ControlPath", "", nullptr},
    Flag{'W', yes, "host:port", "", "", forward_stdio},
    Flag{'w', yes, "local_tun[:remote_tun]", "TunnelDevice", "", [](Reading& reading, std::string_view) -> Result<void> {
             reading.line.settings.push_back({"Tunnel", "yes"});
             return {};
         }},
};

// What OpenSSH has no letter for.
struct LongFlag {
    std::string_view name;
    Takes takes;
    void (*act)(Reading&, std::string_view value);
    Completes completes = Completes::nothing;                     // its value, and what that is called
    std::string_view shown = {};
};

constexpr std::array long_flags{
    LongFlag{"completion", yes,
             [](Reading& reading, std::string_view shell) {
                 reading.line.action = CommandLine::Action::complete;
                 reading.line.query = shell;
             },
             Completes::shells, "shell"},
    LongFlag{"explain", no,
             [](Reading& reading, std::string_view) {
                 reading.line.action = CommandLine::Action::print_configuration;
                 reading.line.explain = true;
             }},
    LongFlag{"help", no, [](Reading& reading, std::string_view) { reading.line.action = CommandLine::Action::show_help; }},
    LongFlag{"json", no, [](Reading& reading, std::string_view) { reading.line.as_json = true; }},
    LongFlag{"lint", no, [](Reading& reading, std::string_view) { reading.line.action = CommandLine::Action::lint; }},
    LongFlag{"timeline", no, [](Reading& reading, std::string_view) { reading.line.timeline = true; }},
    LongFlag{"timeline=html", yes, [](Reading& reading, std::string_view file) { reading.line.timeline_file = file; },
             Completes::files, "file"},
};

// Keywords of flags that may be said several times, or of which the first counts as it does of any setting.
constexpr std::array<std::string_view, 8> first_counts{
    "DynamicForward", "IdentityFile", "LocalForward", "Port", "ProxyJump", "RemoteForward", "Tag", "User"};

Result<void> obey(Reading& reading, const Flag& flag, std::string_view value)
{
    if (flag.act)
        TRY(flag.act(reading, value));
    if (flag.keyword.empty())
        return {};
    std::string setting{flag.takes == Takes::value ? value : flag.setting};
    if (std::ranges::find(first_counts, flag.keyword) == first_counts.end())
        override_by(reading, flag.keyword, setting);
    else
        reading.line.settings.push_back({std::string{flag.keyword}, setting});
    return {};
}

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

    // All options up to the first word that is none.  -V and -Q end it: they are answered at once.
    Result<void> options(Reading& reading)
    {
        while (!words_.empty() && words_.front().size() > 1 && words_.front().front() == '-') {
            auto word = take();
            if (word == "--")
                return {};
            if (word.starts_with("--")) {
                TRY(long_option(reading, std::string_view{word}.substr(2)));
                if (reading.line.action == CommandLine::Action::show_help)
                    return {};
                continue;
            }
            for (std::size_t at = 1; at < word.size(); ++at) {
                auto flag = std::ranges::find(flags, word[at], &Flag::letter);
                if (flag == flags.end())
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
        bool is_whole_name = std::ranges::find(long_flags, text, &LongFlag::name) != long_flags.end();
        auto equals = is_whole_name ? std::string_view::npos : text.find('=');
        auto name = text.substr(0, equals);
        auto flag = std::ranges::find(long_flags, name, &LongFlag::name);
        bool value_given = equals != std::string_view::npos;
        if (flag == long_flags.end() || (value_given && flag->takes == Takes::nothing))
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
        TRY(check_user(reading, where.user));
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
    if (reading.no_command && line.subsystem)
        return bad_input("Cannot specify -N with -s");
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
    for (auto& flag : flags) {
        if (flag.letter == '1' || flag.letter == '2')
            continue;
        auto found = std::ranges::find(values, flag.shown, &Value::shown);
        auto value = found != values.end() ? found->completes : Completes::anything;
        options.push_back({fmt::format("-{}", flag.letter), flag.takes == Takes::value ? value : Completes::nothing,
                           std::string{flag.shown}});
    }
    for (auto& flag : long_flags)
        options.push_back({fmt::format("--{}", flag.name), flag.completes, std::string{flag.shown}});
    return options;
}

std::string usage()
{
    constexpr std::array<std::string_view, 2> words{"destination", "[command [argument ...]]"};
    return usage_text("ssh", completed_options(), words);
}

} // namespace nacre
