#include "tools/agent/agent.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/text.h"
#include "crypto/random.h"
#include "os/environment.h"
#include "os/print.h"
#include "os/privileges.h"
#include "os/process.h"
#include "os/signals.h"
#include "os/system_log.h"
#include "tools/agent/clients.h"
#include "tools/agent/served_process.h"
#include "tools/agent/settings.h"
#include "tools/agent/socket_place.h"
#include "tools/letters.h"
#include "transport/software_version.h"

namespace nacre {

namespace {

using namespace agent_tool;

constexpr int exit_failed = 1;
constexpr int exit_by_signal = 2;
constexpr int exit_wrong_value = 255;

// One word of a shell's: quoted only where it must be, since programs look for the bare one, too.
std::string as_shell_word(std::string_view value)
{
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+,:@%=";
    if (value.find_first_not_of(plain) == std::string_view::npos)
        return std::string{value};
    std::string word = "'";
    for (char c : value)
        word += c == '\'' ? std::string_view{"'\\''"} : std::string_view{&c, 1};
    return word + "'";
}

// What a shell evaluates.
void print_variable(const Settings& settings, std::string_view name, std::string_view value)
{
    auto word = as_shell_word(value);
    if (settings.prints_c_shell())
        say("setenv {} {};\n", name, word);
    else
        say("{}={}; export {};\n", name, word, name);
}

void print_removal(const Settings& settings, std::string_view name)
{
    say("{} {};\n", settings.prints_c_shell() ? "unsetenv" : "unset", name);
}

Result<int> kill_agent(const Settings& settings)
{
    auto text = environment_variable("SSH_AGENT_PID");
    if (!text)
        return bad_input("SSH_AGENT_PID not set, cannot kill agent");
    auto pid = parse_number<int>(*text);
    if (!pid || *pid < 2)
        return bad_input(fmt::format("SSH_AGENT_PID=\"{}\", which is not a good PID", printable(*text)));
    if (::kill(*pid, SIGTERM) != 0)
        return system_failure(fmt::format("cannot kill agent {}", *pid), errno);
    print_removal(settings, "SSH_AUTH_SOCK");
    print_removal(settings, "SSH_AGENT_PID");
    say("echo Agent pid {} killed;\n", *pid);
    return 0;
}

// From before there is a socket until whoever ends us is heard: the socket must not be left behind, nor told of before.
struct Beginning {
    SignalsBlocked held{};
    std::optional<Gate> told{};                                   // of somebody who waits
};
using Begun = std::unique_ptr<Beginning>;

// Of an agent that stays; of an inherited socket, whoever made that knows.
void print_own_address(const Settings& settings, const AgentSocket& socket)
{
    if (socket.path().empty())
        return;
    print_variable(settings, "SSH_AUTH_SOCK", socket.path());
    say("echo Agent pid {};\n", ::getpid());
    flush_text(stdout);
}

// What an agent can fail for, besides its socket.
Result<EventLoop> prepare()
{
    ignore_broken_pipes();
    TRY(set_limit(Limit::core, 0));
    return EventLoop::create();
}

// Until a signal, or the death of the process to serve (a pid, or 0).
int serve(const Settings& settings, EventLoop loop, AgentSocket& socket, Begun begun, int served, Log& log)
{
    SystemRandom random;
    agent::KeyStore store{random};
    Libraries libraries{settings.libraries};
    Clients clients{loop,
                    socket.take(),
                    store,
                    {.default_lifetime = settings.lifetime,
                     .fingerprint_hash = settings.fingerprint_hash,
                     .providers = &libraries,
                     .remote_clients_add_providers = settings.remote_clients_add_libraries,
                     .free_applications = settings.free_applications},
                    log};
    std::vector<std::unique_ptr<SignalWatch>> signals;
    for (int signal : {SIGTERM, SIGHUP, SIGINT}) {
        // Typed at the terminal of the shell that started us: not meant for us.
        if (signal == SIGINT && !settings.stays())
            ignore_signal(signal);
        else
            signals.push_back(loop.on_signal(signal, [&] { loop.stop(); }));
    }
    signals.push_back(loop.on_signal(SIGUSR1, [&] { clients.forget_keys(); }));
    if (begun->told)
        begun->told->open();
    else
        print_own_address(settings, socket);
    begun.reset();
    std::optional<ServedProcess> command;
    if (served != 0)
        command.emplace(loop, served, [&] { loop.stop(); });
    loop.run();
    return exit_by_signal;
}

// In the process that outlives the one that was started.
Result<int> serve_in_background(const Settings& settings, AgentSocket& socket, Begun begun, int served)
{
    if (::chdir("/") != 0)
        return system_failure("chdir", errno);
    auto loop = TRY(prepare());
    NoLog log;
    return serve(settings, std::move(loop), socket, std::move(begun), served, log);
}

Result<int> run_command(const Settings& settings, const std::string& socket, int agent)
{
    auto environment = Environment::of_this_process();
    environment.set("SSH_AUTH_SOCK", socket);
    environment.set("SSH_AGENT_PID", std::to_string(agent));
    return fail(execute({.program = settings.command.front(),
                         .search_path = true,
                         .arguments = settings.command,
                         .environment = std::move(environment)}).why);
}

Result<AgentSocket> find_socket(const Settings& settings, Log& log)
{
    if (settings.stays())                                         // else the socket would be another process's
        if (auto inherited = AgentSocket::inherited())
            return std::move(*inherited);
    if (settings.socket.empty() && !settings.in_temporary_folder && !settings.keep_stale_sockets)
        remove_stale_sockets(false, log);
    return AgentSocket::create(settings, log);
}

// Whoever sees the socket is served: what can fail comes before it.
Result<int> serve_in_foreground(const Settings& settings, Begun begun, Log& log)
{
    auto loop = TRY(prepare());
    auto socket = TRY(find_socket(settings, log));
    return serve(settings, std::move(loop), socket, std::move(begun), 0, log);
}

// Whoever has its socket removes that.
void end_agent(Child& agent)
{
    (void)agent.send_signal(SIGKILL);
    (void)agent.wait();
}

// In the process that was started.  An agent of which nobody learns serves nobody.
int announce(const Settings& settings, AgentSocket& socket, Child& agent)
{
    ignore_broken_pipes();                                        // or we would end here, and leave it behind
    print_variable(settings, "SSH_AUTH_SOCK", socket.path());
    print_variable(settings, "SSH_AGENT_PID", std::to_string(agent.pid()));
    say("echo Agent pid {};\n", agent.pid());
    if (is_output_whole())
        socket.leave();                                           // it is the agent's now
    else
        end_agent(agent);                                         // main() says why
    return 0;
}

Result<int> start_in_background(const Settings& settings, AgentSocket& socket, Begun begun)
{
    auto cores = TRY(current_limit(Limit::core));
    TRY(set_soft_limit(Limit::core, cores));                      // that it may not be set nobody would hear from the child
    auto gate = TRY(Gate::make());
    begun->told = std::move(gate);
    auto starter = ::getpid();
    auto forked = TRY(fork_to_background());
    if (forked.side == ForkSide::child)
        return serve_in_background(settings, socket, std::move(begun), settings.command.empty() ? 0 : starter);
    bool serves = begun->told->pass();
    if (!serves) {
        end_agent(forked.child);
        return system_failure("the agent ended before it could serve anybody");
    }
    if (settings.command.empty())
        return announce(settings, socket, forked.child);          // signals still wait: it must not stay unheard
    begun.reset();
    auto path = socket.path();
    auto ran = run_command(settings, path, forked.child.pid());
    socket.leave();                                               // not started: the agent ends with us and cleans up
    return ran;
}

Result<int> start_agent(const Settings& settings, bool has_output)
{
    if (!has_output && !settings.stays() && settings.command.empty() && settings.socket.empty())
        return bad_input("standard output is closed: nobody would learn where the agent is");
    FdLog log{2, settings.debug ? LogLevel::debug3 : LogLevel::info, LineEnd::newline};
    auto begun = std::make_unique<Beginning>();
    if (settings.stays())
        return serve_in_foreground(settings, std::move(begun), log);
    auto socket = TRY(find_socket(settings, log));
    return start_in_background(settings, socket, std::move(begun));
}

Result<int> run(const Settings& settings, bool has_output)
{
    if (settings.version) {
        say(stderr, "{}\n", shown_version);
        return 0;
    }
    if (settings.clean_up > 0) {
        FdLog log{2, LogLevel::info, LineEnd::newline};
        remove_stale_sockets(settings.clean_up > 1, log);
        return 0;
    }
    return settings.kill ? kill_agent(settings) : start_agent(settings, has_output);
}

} // namespace

int run_agent(int count, char** arguments, bool has_output)
{
    if (answers_help(count, arguments, usage()))
        return 0;
    auto settings = parse_arguments(count, arguments);
    if (settings && settings->help) {
        say(stderr, "{}", usage());
        return exit_failed;
    }
    if (!settings) {
        say(stderr, "ssh-agent: {}\n", settings.error().what);
        return exit_wrong_value;
    }
    auto status = run(*settings, has_output);
    if (!status)
        say(stderr, "ssh-agent: {}\n", status.error().what);
    return status ? *status : exit_failed;
}

} // namespace nacre
