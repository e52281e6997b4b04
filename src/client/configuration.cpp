#include "client/configuration.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "client/canonical_name.h"
#include "client/flags.h"
#include "config/destination.h"
#include "config/expand.h"
#include "config/none.h"
#include "os/resolve.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/user.h"
#include "transport/software_version.h"

namespace nacre {
namespace {

Result<ClientSituation> situation_of(const CommandLine& line)
{
    auto user = TRY(current_user());
    ClientSituation situation;
    situation.host = line.host;
    situation.command = line.command;
    situation.local_user = user.name;
    situation.local_host = own_host_name();
    situation.home = user.home;
    situation.uid = user.uid;
    situation.version = software_version;
    situation.subsystem = line.subsystem;
    return situation;
}

Result<void> check(const Diagnostics& diagnostics)
{
    if (diagnostics.ok())
        return {};
    return bad_input(join(diagnostics.errors, "\n"));
}

// By -l or in front of the host's name.
bool is_typed(const CommandLine& line, const std::string& user)
{
    return std::ranges::any_of(line.settings, [&](auto& setting) { return setting.keyword == "User" && setting.value == user; });
}

// Behind another -J it would not count, and the connection would go past the host that was asked for.
Result<void> check_only_way(const ClientOptions& so_far)
{
    if (!so_far.proxy_jump.empty())
        return bad_input("Only a single -J option is permitted (use commas to separate multiple jump hops)");
    if (!so_far.proxy_command.empty())
        return bad_input("-J does not go together with a ProxyCommand on the command line");
    return {};
}

// Whatever a script may have put together; what files say is their owner's.
Result<void> check_typed_names(const ClientOptions& so_far)
{
    if (!so_far.user.empty())
        TRY(check_login_name(so_far.user));
    if (so_far.host_name.empty())
        return {};
    return check_host_name(so_far.host_name);
}

void forget_forwardings(ClientOptions& options)
{
    for (auto* forwards : {&options.local_forward, &options.remote_forward, &options.dynamic_forward})
        forwards->clear();
    options.tunnel = TunnelMode::no;
}

// A key that -i names and that is not there does not keep the usual ones from being tried.
bool is_there(const std::string& identity, ConfigSources& sources, Log& log)
{
    auto path = expand_home(identity, sources);
    if (!path || path->contains('%') || path->contains('$'))
        return true;                                              // known only when all is
    auto facts = file_facts(*path);
    if (facts || file_facts(*path + ".pub"))                      // the private half may be the agent's alone
        return true;
    log.error("Warning: Identity file {} not accessible: {}.", printable(*path), os_error_text(facts.error().os_error));
    return false;
}

} // namespace

Result<Configuration> configure(const CommandLine& line, ConfigSources& sources, Log& log)
{
    auto situation = TRY(situation_of(line));
    ClientConfigReader reader{sources, situation};
    for (auto& setting : line.settings) {
        if (setting.keyword == "ProxyJump")
            TRY(check_only_way(reader.options()));
        if (setting.keyword.empty())
            reader.option(setting.value);
        else if (setting.keyword != "IdentityFile" || is_there(setting.value, sources, log))
            reader.set(setting.keyword, setting.value);
    }
    TRY(check(reader.diagnostics()));
    TRY(check_typed_names(reader.options()));
    reader.read_files(line.config_file);
    if (line.stdio_forward) {                                     // implied by -W, unless something else is asked for
        reader.set("ClearAllForwardings", "yes");
        reader.set("ExitOnForwardFailure", "yes");
    }
    TRY(check(reader.diagnostics()));
    auto first_look = with_defaults(reader.options(), situation, reader.provenance());
    auto host = TRY(canonical_name(first_look, system_look_up(first_look), log));
    if (reader.wants_final_pass())
        reader.final_pass(host);
    for (auto& warning : reader.diagnostics().warnings)
        log.info("{}", warning);
    for (auto& note : reader.diagnostics().notes)
        log.debug1("{}", note);
    TRY(check(reader.diagnostics()));
    auto options = with_defaults(reader.options(), situation, reader.provenance());
    if (options.clear_all_forwardings)
        forget_forwardings(options);
    options.host_name = host;                                     // as it is typed, of an address, also without a second look
    TRY(expand_names(options, situation, sources, is_typed(line, options.user) ? UserIs::typed : UserIs::configured));
    return Configuration{sources, std::move(situation), std::move(options), reader.provenance(), line.config_file};
}

Result<std::string> Configuration::expand(std::string_view text, std::string_view allowed) const
{
    return expand_tokens(text, tokens(), allowed);
}

Result<std::string> Configuration::expand(std::string_view text, std::string_view allowed,
                                           const Tokens& more) const
{
    return expand_tokens(text, tokens().update(more), allowed);
}

Result<std::string> Configuration::expand_file(std::string_view path) const
{
    return expand_path(path, tokens(), tokens::client, sources_);
}

Result<Forward> Configuration::expand_paths(Forward forward) const
{
    if (!forward.listen.path.empty())
        forward.listen.path = TRY(expand_file(forward.listen.path));
    if (forward.connect && !forward.connect->path.empty())
        forward.connect->path = TRY(expand_file(forward.connect->path));
    return forward;
}

Result<std::string> Configuration::expand_with_variables(std::string_view text, std::string_view allowed,
                                                          const Tokens& more) const
{
    return expand_value(text, tokens().update(more), allowed, sources_);
}

Result<std::string> own_version_line(const Configuration& configuration)
{
    constexpr std::size_t most = 253;                             // RFC 4253 §4.2: 255 with its end
    std::string line{our_version_line};
    auto& addendum = configuration.options().version_addendum;
    if (is_unset(addendum))
        return line;
    auto expanded = configuration.expand(addendum, tokens::client);
    if (!expanded)
        return bad_input(fmt::format("VersionAddendum: {}", expanded.error().what));
    line += " " + *expanded;
    if (line.size() > most)
        return bad_input(fmt::format("VersionAddendum makes the first line {} characters long: {} are allowed",
                                     line.size(), most));
    return line;
}

Result<void> check_command(const Configuration& configuration)
{
    auto& options = configuration.options();
    bool typed = !configuration.situation().command.empty();
    bool configured = !is_unset(options.remote_command);
    if (typed && configured)
        return bad_input("Cannot execute command-line and remote command.");
    if (options.fork_after_authentication && !typed && !configured && options.session_type != SessionType::none)
        return bad_input("Cannot fork into background without a command to execute.");
    return {};
}

Result<SessionPlan> plan_session(const Configuration& configuration, bool input_is_terminal)
{
    auto& options = configuration.options();
    SessionPlan plan;
    if (options.session_type == SessionType::none) {              // not even for a RemoteCommand: "ssh -N", "ssh -W"
        plan.kind = SessionPlan::Kind::none;
        return plan;
    }
    plan.command = configuration.situation().command;
    if (plan.command.empty() && !is_unset(options.remote_command))
        plan.command = TRY(configuration.expand(options.remote_command, tokens::client));
    using Kind = SessionPlan::Kind;
    plan.kind = plan.command.empty() ? Kind::shell : Kind::command;
    if (options.session_type == SessionType::subsystem)
        plan.kind = Kind::subsystem;
    if (plan.kind == Kind::subsystem && plan.command.empty())
        return bad_input("You must specify a subsystem to invoke.");

    bool forced = options.request_tty == RequestTty::force;
    plan.wants_tty = forced || options.request_tty == RequestTty::yes ||
                     (options.request_tty == RequestTty::automatic && plan.kind == Kind::shell);
    if (plan.wants_tty && !forced && (!input_is_terminal || reads_no_input(options))) {
        plan.wants_tty = false;
        plan.tty_refused = true;
    }
    return plan;
}

std::string jumps_to(const Configuration& configuration)
{
    auto& options = configuration.options();
    if (is_unset(options.proxy_jump))
        return {};
    auto& origins = configuration.provenance().of("ProxyJump");
    if (!origins.empty() && origins.front().line == 0)
        return options.proxy_jump;                                // asked for on the command line
    std::string jumps;
    for (auto part : split(options.proxy_jump, ',')) {
        auto hop = parse_hop(part);
        bool is_ourselves = hop && equal_ignoring_case(hop->host, configuration.host_as_typed()) &&
                            hop->port.value_or(options.port) == options.port;
        if (is_ourselves)
            break;
        jumps += jumps.empty() ? part : "," + std::string{part};
    }
    return jumps;
}

} // namespace nacre
