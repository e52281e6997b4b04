#include "client/ssh.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>


#include "base/text.h"
#include "client/agents.h"
#include "client/arguments.h"
#include "client/client.h"
#include "client/client_log.h"
#include "client/configuration.h"
#include "client/host_identity.h"
#include "client/host_memory_file.h"
#include "client/login.h"
#include "client/mux/inherited_sockets.h"
#include "client/mux/mux_client.h"
#include "client/mux/shared_connection.h"
#include "client/queries.h"
#include "client/timeline_observer.h"
#include "config/client_config.h"
#include "config/client_keywords.h"
#include "config/lint/lint.h"
#include "config/nearest.h"
#include "config/none.h"
#include "os/fd.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/signals.h"
#include "os/terminal.h"
#include "runtime/config_sources.h"
#include "runtime/syslog_facility.h"
#include "transport/software_version.h"

namespace nacre {
namespace {

constexpr int failure_status = 255;
constexpr int first_inherited = 3;
constexpr int no_log_status = 1;                                  // as OpenSSH's: nothing was tried

int complain(Log& log, const Error& error)
{
    say_lines(log, LogLevel::error, error.what);
    return failure_status;
}

// --completion
Result<std::string> completion_for(const std::string& shell)
{
    Completion completion{"ssh", completed_options(), names_in(client_keywords()), query_names(), true};
    return completion_script(completion, shell);
}

// --lint
int lint_files(const CommandLine& line)
{
    SystemConfigSources sources;
    auto findings = lint::lint_client(sources, line.config_file);
    auto printed = print_all(line.as_json ? lint::to_json(findings) : lint::to_text(findings), failure_status);
    return printed == 0 ? findings.exit_status() : printed;
}

// In the form that parsers of OpenSSH's line understand: "names, library".
std::string version() { return fmt::format("{}, {}", shown_version, OpenSSL_version(OPENSSL_VERSION)); }

int show_version()
{
    say(stderr, "{}\n", version());
    return 0;
}

// What the flags say about logging counts before any file is read.
Result<void> set_up_log(ClientLog& log, const CommandLine& line)
{
    for (auto& setting : line.settings)
        if (setting.keyword == "LogLevel") {
            log.set_level(parse_log_level(setting.value).value_or(LogLevel::info));
            break;
        }
    if (!line.log_file.empty())
        return log.write_to_file(line.log_file);
    if (line.use_syslog)
        log.write_to_system_log(SyslogFacility::user);
    return {};
}

// -G
Result<std::string> describe(const CommandLine& line, const Configuration& configuration, ConfigSources& sources)
{
    auto& host = configuration.host_as_typed();
    auto options = TRY(expanded(configuration.options(), configuration.situation(), sources));
    if (!line.explain && !line.as_json)
        return dump_client_options(options, host);
    return explain_client_options(options, configuration.provenance(), host,
                                  line.as_json ? Rendering::json : Rendering::text);
}

// -Z
Result<std::string> list_offers(const Configuration& configuration, ClientLog& log)
{
    Person person{configuration.options().batch_mode};
    auto known_hosts = TRY(KnownHostsFiles::read(configuration, log));
    HostIdentity host{configuration, std::move(known_hosts), person, log};
    HostMemoryFile memory{configuration, host.name(), log};
    Login login{configuration, Identities::load(configuration, person, log), person, log};
    login.use_agent(connect_to_agent(configuration, log));
    std::string text;
    for (auto& line : login.offers(memory.host()))
        text += line + "\n";
    return text;
}

// -O proxy: a connection layer of our own, behind somebody else's login.
Result<int> run_proxied(const Configuration& configuration, SessionPlan plan, ClientLog& log)
{
    auto master = TRY(proxied_by_master(configuration));
    auto loop = TRY(EventLoop::create());
    Client client{loop, configuration, std::move(plan), SharedConnection{}, log};
    return client.run_proxied(std::move(master));
}

// --timeline, --timeline=html
std::optional<TimelineObserver> timeline_wanted(const CommandLine& line, const Configuration& configuration)
{
    if (!line.timeline && line.timeline_file.empty())
        return std::nullopt;
    return TimelineObserver{fmt::format("{}@{}", printable(configuration.options().user), printable(configuration.host_alias()))};
}

// The text goes where errors go, so that the command's output stays clean.
Result<void> show_timeline(const CommandLine& line, const std::optional<TimelineObserver>& observer)
{
    if (!observer)
        return {};
    if (line.timeline)
        TRY(write_all(2, as_bytes(timeline_text(observer->timeline()))));
    if (line.timeline_file.empty())
        return {};
    return replace_file(line.timeline_file, as_bytes(timeline_html(observer->timeline())));
}

Result<int> connect(const CommandLine& line, ClientLog& log)
{
    auto sources = SystemConfigSources{};
    auto configuration = TRY(configure(line, sources, log));
    TRY(check_command(configuration));
    auto& options = configuration.options();
    if (line.action == CommandLine::Action::print_configuration) {
        auto text = TRY(describe(line, configuration, sources));
        return print_all(text, failure_status);
    }
    log.set_level(options.log_level);
    if (log.wants(LogLevel::debug1))
        log.info("{}", version());
    if (line.use_syslog)
        log.write_to_system_log(syslog_facility(options.syslog_facility));
    if (line.action == CommandLine::Action::list_offers) {
        auto text = TRY(list_offers(configuration, log));
        return print_all(text, failure_status);
    }
    auto served = TRY(socket_to_serve(line.serve));
    if (!is_unset(options.control_path))
        served.close();                                           // what is shared is shared by the path
    bool proxied = line.control_command == MuxClient::proxy;
    if (!line.control_command.empty() && !proxied)
        return control_master(configuration, line.control_command, log);
    if (!options.refuse_connection.empty())
        return not_permitted(fmt::format("RefuseConnection: {}", printable(options.refuse_connection)));
    auto plan = TRY(plan_session(configuration, is_terminal(0)));
    plan.stdio_forward = line.stdio_forward;
    plan.inherited = line.inherited;
    if (plan.tty_refused)
        log.info("Pseudo-terminal will not be allocated because stdin is not a terminal.");
    if (proxied)
        return run_proxied(configuration, std::move(plan), log);
    if (!line.join.empty())
        return join_inherited(line.join, configuration, plan, log);
    auto timeline = timeline_wanted(line, configuration);
    auto shared = TRY(share_connection(configuration, plan, log));
    if (shared.status) {
        if (timeline)
            timeline->note("end", fmt::format("exit status {}, through a master's connection", *shared.status));
        TRY(show_timeline(line, timeline));
        return *shared.status;
    }
    auto loop = TRY(EventLoop::create());
    Client client{loop, configuration, std::move(plan), std::move(shared), log};
    client.serve(std::move(served));
    if (timeline)
        client.observe_by(*timeline);
    int status = client.run();
    TRY(show_timeline(line, timeline));
    return status;
}

} // namespace

int run_ssh(std::span<const std::string> arguments)
{
    expect_children();
    pass_on_ignored_signals();
    ClientLog log;
    if (auto streams = ensure_standard_streams(); !streams)
        return complain(log, streams.error());
    ignore_broken_pipes();
    ignore_size_limit();
    ::umask(022 | ::umask(022));

    auto line = parse_arguments(arguments);
    if (!line)
        return complain(log, line.error());
    if (line->action == CommandLine::Action::show_version)
        return show_version();
    if (line->action == CommandLine::Action::show_help)
        return print_all(usage() + "\n", failure_status);
    if (line->action == CommandLine::Action::answer_query || line->action == CommandLine::Action::complete) {
        bool query = line->action == CommandLine::Action::answer_query;
        auto answer = query ? answer_query(line->query) : completion_for(line->query);
        return answer ? print_all(*answer, failure_status) : complain(log, answer.error());
    }
    if (line->action == CommandLine::Action::lint)
        return lint_files(*line);
    if (line->serve.empty() && line->join.empty())
        line->inherited = open_numbers_from(first_inherited);     // before we open anything
    if (auto ready = set_up_log(log, *line); !ready) {
        complain(log, ready.error());
        return no_log_status;
    }
    auto status = connect(*line, log);
    return status ? *status : complain(log, status.error());
}

} // namespace nacre
