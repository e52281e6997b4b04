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

// From before there is a socket until whoever ends us is heard: the socket must not be left behind.
using Held = std::unique_ptr<SignalsBlocked>;

// Until a signal, or the death of the process to serve (a pid, or 0).
Result<int> serve(const Settings& settings, AgentSocket& socket, Held held, int served, Log& log)
{
    ignore_broken_pipes();
    TRY(set_limit(Limit::core, 0));
    auto loop = TRY(EventLoop::create());
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
    held.reset();
    std::optional<ServedProcess> command;
    if (served != 0)
        command.emplace(loop, served, [&] { loop.stop(); });
    loop.run();
    return exit_by_signal;
}

// In the process that outlives the one that was started.
Result<int> serve_in_background(const Settings& settings, AgentSocket& socket, Held held, int served)
{
    if (::chdir("/") != 0)
        return system_failure("chdir", errno);
    NoLog log;
    return serve(settings, socket, std::move(held), served, log);
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

Result<int> start_agent(const Settings& settings)
{
    FdLog log{2, settings.debug ? LogLevel::debug3 : LogLevel::info, LineEnd::newline};
    auto held = std::make_unique<SignalsBlocked>();
    auto socket = TRY(find_socket(settings, log));
    if (settings.stays()) {
        if (!socket.path().empty()) {
            print_variable(settings, "SSH_AUTH_SOCK", socket.path());
            say("echo Agent pid {};\n", ::getpid());
            flush_text(stdout);
        }
        return serve(settings, socket, std::move(held), 0, log);
    }
    auto starter = ::getpid();
    auto forked = TRY(fork_to_background());
    if (forked.side == ForkSide::child)
        return serve_in_background(settings, socket, std::move(held), settings.command.empty() ? 0 : starter);
    held.reset();
    if (!settings.command.empty()) {
        auto path = socket.path();
        auto ran = run_command(settings, path, forked.child.pid());
        socket.leave();                                           // not started: the agent ends with us and cleans up
        return ran;
    }
    print_variable(settings, "SSH_AUTH_SOCK", socket.path());
    print_variable(settings, "SSH_AGENT_PID", std::to_string(forked.child.pid()));
    say("echo Agent pid {};\n", forked.child.pid());
    socket.leave();
    return 0;
}

Result<int> run(const Settings& settings)
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
    return settings.kill ? kill_agent(settings) : start_agent(settings);
}

} // namespace

int run_agent(int count, char** arguments)
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
    auto status = run(*settings);
    if (!status)
        say(stderr, "ssh-agent: {}\n", status.error().what);
    return status ? *status : exit_failed;
}

} // namespace nacre
