// PRIVILEGED: sshd itself: command line, configuration, host keys, and then the listener.
#include "server/server_main.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <expected>
#include <optional>

#include "base/text.h"
#include "config/nearest.h"
#include "config/server_config.h"
#include "config/server_keywords.h"
#include "gssapi/functions.h"
#include "os/fd.h"
#include "os/oom_protection.h"
#include "os/print.h"
#include "os/privileges.h"
#include "os/process.h"
#include "os/sealed_memory.h"
#include "os/service_manager.h"
#include "os/signals.h"
#include "os/system_error.h"
#include "os/system_log.h"
#include "os/user.h"
#include "runtime/config_sources.h"
#include "server/arguments.h"
#include "server/configuration.h"
#include "server/empty_directory.h"
#include "server/handover.h"
#include "server/host_rules.h"
#include "server/listener.h"
#include "server/listening_sockets.h"
#include "server/process_protocol.h"
#include "server/restart_trial.h"
#include "server/server_lint.h"
#include "server/startup.h"
#include "transport/software_version.h"

namespace nacre {
namespace {

constexpr int failed = 255;
constexpr int wrong_arguments = 1;                                // as OpenSSH's: nothing was tried
constexpr int not_restarted = 1;                                  // a service manager is to try again
constexpr const char* reloaded_mark = "NACRE_SSHD_RELOADED";
constexpr const char* open_files_mark = "NACRE_SSHD_OPEN_FILES";  // the soft limit that its children shall have

// Everything that exists before the first connection.
struct Server {
    ServerArguments arguments;
    ServerConfig config;
    OwnHostKeys host_keys;
    ServerLogSettings log_settings;
    std::unique_ptr<EventLog> log;
    std::string directory;                                        // where it was started, and relative paths begin
    std::optional<std::string> out_of_memory_score;               // of before; nothing: not touched
    bool has_given_sockets = false;                               // by the service manager
};

LogLevel log_level(const ServerArguments& arguments, const ServerOptions& options)
{
    if (arguments.quiet)
        return LogLevel::quiet;
    if (arguments.debug > 0)
        return static_cast<LogLevel>(static_cast<int>(LogLevel::debug1) + arguments.debug - 1);
    return options.log_level;
}

bool logs_to_stderr(const ServerArguments& arguments)
{
    return arguments.log_to_stderr || arguments.debug > 0 || !arguments.log_file.empty();
}

// inetd and systemd connect all three streams to the client, who is not to read of paths here.
bool has_no_stderr(const ServerArguments& arguments)
{
    return arguments.serve_standard_streams && !logs_to_stderr(arguments);
}

void complain(const std::string& line) { std::fprintf(stderr, "%s\r\n", line.c_str()); }

void complain(const Server& server, const std::string& line, LogLevel level = LogLevel::error)
{
    if (has_no_stderr(server.arguments) && server.log)
        server.log->say(level, "{}", printable(line));
    else
        complain(line);
}

// The error is the exit status: all has been said.
std::expected<ServerConfig, int> read_config(const Server& server)
{
    SystemConfigSources sources;
    auto reading = read_server_configuration(sources, server.arguments);
    if (!server.arguments.quiet)
        for (auto& warning : reading.diagnostics.warnings)
            complain(server, warning, LogLevel::info);
    if (reading.diagnostics.ok())
        return std::move(reading.config);
    for (auto& error : reading.diagnostics.errors)
        complain(server, error);
    return std::unexpected{reading.blame == ServerConfigReading::Blame::command_line ? wrong_arguments : failed};
}

Result<void> listen_by_number(ServerConfig& config)
{
    auto addresses = look_up_listen_addresses(config.global());
    if (!addresses.unknown.empty())
        return bad_input(addresses.unknown.front().why);
    config.listen_at(std::move(addresses.numeric));
    return {};
}

// -T, -G: what applies to a connection that -C describes, or to none.
int dump(const Server& server)
{
    ServerConfig::Resolved resolved{server.config.global(), server.config.provenance()};
    if (!server.arguments.connection_tests.empty()) {
        auto context = parse_connection_test(server.arguments.connection_tests);
        if (!context) {
            complain(server, context.error().what);
            return wrong_arguments;
        }
        context->version = software_version;
        if (context->user) {
            auto account = user_named(*context->user);
            if (account && *account)
                if (auto groups = groups_of(**account))
                    for (auto& group : *groups)
                        context->groups.push_back(group.name);
        }
        auto explained = server.config.explain(*context);
        if (!explained) {
            complain(server, explained.error().what);
            return failed;
        }
        resolved = *std::move(explained);
        resolved.options.port = server.config.global().port;
        resolved.options.listen_address = server.config.global().listen_address;
    }
    auto& args = server.arguments;
    auto text = args.explain || args.as_json ? explain_server_options(resolved.options, resolved.provenance,
                                                                      args.as_json ? Rendering::json : Rendering::text)
                                             : dump_server_options(resolved.options);
    return print_all(text, failed);
}

// --completion
int complete(const std::string& shell)
{
    Completion completion{"sshd", completed_server_options(), names_in(server_keywords()), {}, false};
    auto script = completion_script(completion, shell);
    if (!script) {
        complain(fmt::format("sshd: {}", script.error().what));
        return failed;
    }
    return print_all(*script, failed);
}

// --lint
int lint_configuration(const ServerArguments& arguments)
{
    SystemConfigSources sources;
    auto findings = lint_server_configuration(sources, arguments);
    auto printed = print_all(arguments.as_json ? lint::to_json(findings) : lint::to_text(findings), failed);
    return printed == 0 ? findings.exit_status() : printed;
}

Result<Fd> prepare_startup(Server& server, const std::string& helper_directory)
{
    Startup startup;
    startup.config = server.config;
    startup.host_keys = std::move(server.host_keys);
    startup.log_to_stderr = server.log_settings.to_stderr;
    startup.log_level = server.log_settings.level;
    startup.empty_directory = TRY(empty_directory(server.config.global().pid_file, Missing::make));
    startup.helper_directory = helper_directory;
    startup.out_of_memory_score = server.out_of_memory_score.value_or("");
    SystemRandom{}.fill(startup.timing_secret);
    return write_startup(startup);
}

// The parent ends once the child is on its way; the sockets and the log go with the child.
Result<void> go_to_background(const Server& server)
{
    auto forked = TRY(fork_to_background(server.log_settings.to_stderr ? KeepErrorStream::yes : KeepErrorStream::no));
    if (forked.side == ForkSide::parent)
        exit_now(0);
    return {};
}

void write_pid_file(const Server& server, Listener& listener)
{
    auto written = listener.write_pid_file();
    if (written)
        return;
    auto& error = written.error();                                // of a file whose name it begins with, or of one beside it
    server.log->error("Couldn't create pid file \"{}\": {}", printable(server.config.global().pid_file),
                      error.os_error != 0 ? os_error_text(error.os_error) : printable(error.what));
}

// SIGHUP: the program as it is now on disk, with the same arguments and process number.  If that could not start,
// nothing changes.
void reload(const Server& server, const std::string& program, Listener& listener, int count, char* const* arguments)
{
    server.log->info("Received SIGHUP; restarting.");
    tell_of_reload();
    SpawnRequest request;
    request.program = program;
    request.arguments.assign(arguments, arguments + count);
    request.environment = Environment::of_this_process();
    request.ignored_signals = {SIGHUP};
    request.directory = server.directory;                         // the arguments and the file mean what they meant
    request.directory_may_fail = true;
    // The limit stays lifted: what is handed over may be more than it allows.
    if (auto limit = listener.open_files())
        request.environment->set(open_files_mark, std::to_string(*limit));
    request.environment->set(reloaded_mark, server.has_given_sockets ? "given" : "own");
    auto tried = try_restart(request, *server.log, listener.ending());
    if (listener.is_ending())
        return;                                                   // which it says itself
    if (!tried) {
        server.log->error("{}; going on as before", printable(tried.error().what));
        tell_service_manager("READY=1\n");
        return;
    }
    hand_on_sockets(listener.sockets(), request);
    std::vector<int> controls;
    auto handover = encode(listener.hand_over(controls));
    auto memory = sealed_memory(handover);
    if (memory)                                                   // or the next one counts from zero
        hand_on(*memory, controls, request);
    listener.remove_pid_file();                                   // the next one may call it something else
    if (server.out_of_memory_score)                               // the next one begins as this one did
        (void)set_out_of_memory_score(*server.out_of_memory_score);
    auto outcome = execute(request);
    server.log->error("RESTART FAILED: {}", printable(outcome.why.what));
    if (!outcome.nothing_changed)
        exit_now(not_restarted);                                  // connections go on
    (void)shield_from_out_of_memory();
    write_pid_file(server, listener);
    tell_service_manager("READY=1\n");
}

// Those of the service manager are all there are; those that were ours before a reload are matched with the configuration.
Result<std::vector<Fd>> listening_sockets(Server& server, const std::optional<std::string>& reloaded)
{
    auto inherited = inherited_sockets();
    server.has_given_sockets = !inherited.empty() && reloaded != "own";
    if (!server.has_given_sockets)
        return open_listening_sockets(server.config.global(), std::move(inherited), *server.log);
    for (auto& socket : inherited)
        if (auto address = local_address(socket.number()))
            server.log->tell(events::Listening{address->host, address->port});
    return inherited;
}

// -i
Result<int> serve_standard_streams(const Server& server, MonitorSource source)
{
    auto loop = TRY(EventLoop::create());
    Listener listener{loop, server.config.global(), std::move(source), *server.log};
    auto in = TRY(duplicate(0));
    auto out = TRY(duplicate(1));
    std::vector<Fd> link;
    link.push_back(std::move(in));
    link.push_back(std::move(out));
    // What the session owns alone, its peer can see the end of.
    auto null = TRY(open_null_device());
    ::dup2(null.number(), 0);
    ::dup2(null.number(), 1);
    return listener.serve_one(std::move(link));
}

Result<int> serve(Server& server, int count, char* const* arguments)
{
    TRY(check_pidfds());                                          // or no connection's end would be noticed
    auto program = TRY(own_program());
    if (!server.arguments.serve_standard_streams)
        server.out_of_memory_score = shield_from_out_of_memory();
    auto programs = TRY(open_helper_programs());
    TRY(check_helper_versions(programs));
    auto startup = TRY(prepare_startup(server, programs.directory));
    auto reloaded = environment_variable(reloaded_mark);
    ::unsetenv(reloaded_mark);
    auto open_files = environment_variable(open_files_mark);
    ::unsetenv(open_files_mark);
    MonitorSource source{std::move(programs), std::move(startup)};
    if (server.arguments.serve_standard_streams)
        return serve_standard_streams(server, std::move(source));
    // The sockets are bound before the fork, so that whoever started us hears of errors; the loop comes after it.
    bool is_daemon = !server.arguments.foreground && server.arguments.debug == 0;
    auto sockets = TRY(listening_sockets(server, reloaded));
    if (is_daemon && !reloaded)
        TRY(go_to_background(server));
    server.directory = SystemConfigSources{}.directory();
    if (is_daemon && ::chdir("/") < 0)
        return system_failure("chdir");
    auto loop = TRY(EventLoop::create());
    Listener listener{loop, server.config.global(), std::move(source), *server.log};
    if (auto limit = reloaded && open_files ? parse_number<std::uint64_t>(*open_files) : std::nullopt)
        listener.remember_open_files(*limit);
    listener.take_sockets(std::move(sockets));
    if (auto left = take_inheritance(); reloaded)
        listener.take_over(std::move(left.handover), std::move(left.sockets));
    if (server.arguments.debug > 0)
        return listener.accept_and_serve_one();
    write_pid_file(server, listener);
    tell_service_manager(fmt::format("READY=1\nMAINPID={}\n", ::getpid()));
    while (listener.run() == Listener::Outcome::reload)
        reload(server, program, listener, count, arguments);
    tell_service_manager("STOPPING=1\n");
    return 0;
}

// Whoever started us, users' sessions inherit no umask that lets everybody write.  pam_umask has the last word.
void deny_writing_to_others()
{
    auto inherited = ::umask(077);
    ::umask(inherited | 022);
}

std::unique_ptr<EventLog> early_log(const ServerArguments& arguments, const ServerLogSettings& settings)
{
    auto early = settings;
    early.to_stderr = settings.to_stderr || !arguments.serve_standard_streams;
    return make_server_log(early);
}

void tell_of_host_rules(const Server& server)
{
    if (auto gap = unenforced_host_rules())
        server.log->error("{}", *gap);
}

Result<int> run(Server& server, int count, char* const* arguments)
{
    auto& args = server.arguments;
    if (has_no_stderr(args)) {
        TRY(replace_by_null_device(2));
        server.log = make_server_log({.level = log_level(args, {})});   // as the configuration has it once that is read
    }
    if (!args.connection_tests.empty() && !args.dump && !args.dump_without_keys && !args.explain)
        return bad_input("-C says which connection -T, -G or --explain is to be about: none of them is there");
    if (!args.log_file.empty()) {
        auto file = open_log_file(args.log_file);
        if (!file) {
            complain(server, printable(file.error().what));
            return wrong_arguments;
        }
        ::dup2(file->number(), 2);
    }
    auto config = read_config(server);
    if (!config)
        return config.error();
    server.config = *std::move(config);
    auto& options = server.config.global();
    if (!args.serve_standard_streams)
        TRY(listen_by_number(server.config));
    server.log_settings = {logs_to_stderr(args), log_level(args, options),
                           options.syslog_facility, options.log_format};
    server.log = early_log(args, server.log_settings);
    if (args.debug > 0)
        server.log->debug1("sshd version {}", shown_version);
    if (args.dump_without_keys && !args.dump)
        return dump(server);
    server.host_keys = OwnHostKeys::load(options, *server.log);
    if (server.host_keys.empty()) {
        complain(server, fmt::format("sshd: {} -- exiting.", no_host_keys));
        complain(server, "As root \"ssh-keygen -A\" makes them in /etc/ssh; -h names a key that lies elsewhere.");
        return 1;
    }
    if (args.dump || args.explain)
        return dump(server);
    if (args.only_test) {
        tell_of_host_rules(server);
        if (environment_variable(reloaded_mark)) {                // the server that runs asks: would all of us start?
            auto programs = TRY(open_helper_programs());
            TRY(check_helper_versions(programs));
        }
        TRY(check_machine(options));
        return 0;
    }
    server.log = make_server_log(server.log_settings);
    tell_of_host_rules(server);
    if (options.gssapi_authentication)
        if (auto library = gssapi::check_library(); !library)
            server.log->error("GSSAPIAuthentication: there are no logins by Kerberos here: {}",
                              printable(library.error().what));
    return serve(server, count, arguments);
}

} // namespace

int run_sshd(int count, char* const* arguments)
{
    ignore_broken_pipes();
    ignore_size_limit();
    deny_writing_to_others();
    (void)forbid_tracing();
    Server server;
    auto parsed = parse_server_arguments(count, arguments);
    if (!parsed) {
        complain(fmt::format("sshd: {}\r\n{}", parsed.error().what, server_usage()));
        return 1;
    }
    server.arguments = *std::move(parsed);
    if (server.arguments.show_help)
        return print_all(server_usage() + "\n", failed);
    if (server.arguments.show_version) {
        complain(std::string{shown_version});
        return 0;
    }
    if (!server.arguments.completion_for.empty())
        return complete(server.arguments.completion_for);
    if (server.arguments.lint)
        return lint_configuration(server.arguments);
    auto outcome = run(server, count, arguments);
    if (outcome)
        return *outcome;
    auto line = printable(outcome.error().what);
    if (server.log && !(server.log_settings.to_stderr))
        server.log->error("fatal: {}", line);
    if (!has_no_stderr(server.arguments))
        complain(line);
    return failed;
}

} // namespace nacre
