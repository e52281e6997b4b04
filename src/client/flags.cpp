#include "client/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "client/mux/mux_client.h"
#include "config/algorithm_lists.h"
#include "config/destination.h"
#include "config/forward.h"
#include "config/none.h"
#include "os/resolve.h"

namespace nacre {
namespace {

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
    if (value.size() != 1 && !control && !is_none(value))
        return bad_input(fmt::format("Bad escape character '{}'.", printable(value)));
    return {};
}

Result<void> check_user(Reading&, std::string_view value) { return check_login_name(value); }

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

constexpr std::array letters{
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
    Flag{'J', yes, "destination", "ProxyJump", "", nullptr},
    Flag{'L', yes, "address", "LocalForward", "", check_forward<ForwardKind::local>},
    Flag{'l', yes, "login_name", "User", "", check_user},
    Flag{'m', yes, "mac_spec", "MACs", "", check_macs},
    Flag{'O', yes, "ctl_cmd", "", "",
         [](Reading& reading, std::string_view value) -> Result<void> {
             if (!reading.line.control_command.empty())
                 return bad_input("Multiplexing command already specified");
             if (!MuxClient::knows(value))
                 return bad_input(fmt::format(
                     "Invalid multiplex command \"{}\"; known are {}", printable(value), MuxClient::commands()));
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

constexpr std::array words{
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
    LongFlag{"join", yes, [](Reading& reading, std::string_view descriptor) { reading.line.join = descriptor; },
             Completes::anything, "descriptor"},
    LongFlag{"json", no, [](Reading& reading, std::string_view) { reading.line.as_json = true; }},
    LongFlag{"lint", no, [](Reading& reading, std::string_view) { reading.line.action = CommandLine::Action::lint; }},
    LongFlag{"serve", yes,
             [](Reading& reading, std::string_view descriptor) { reading.line.serve = descriptor; },
             Completes::anything, "descriptor"},
    LongFlag{"timeline", no, [](Reading& reading, std::string_view) { reading.line.timeline = true; }},
    LongFlag{"timeline=html", yes, [](Reading& reading, std::string_view file) { reading.line.timeline_file = file; },
             Completes::files, "file"},
};

// Keywords of flags that may be said several times, or of which the first counts as it does of any setting.
constexpr std::array<std::string_view, 8> first_counts{
    "DynamicForward", "IdentityFile", "LocalForward", "Port", "ProxyJump", "RemoteForward", "Tag", "User"};

} // namespace

std::span<const Flag> flags() { return letters; }
std::span<const LongFlag> long_flags() { return words; }

Result<void> check_login_name(std::string_view name)
{
    if (!check_user_name(name))
        return bad_input("remote username contains invalid characters");
    return {};
}

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

} // namespace nacre
