#include "client/mux/mux_client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>

#include "base/text.h"
#include "client/forwarding/forward_table.h"
#include "client/terminal_session.h"
#include "os/environment.h"
#include "os/print.h"
#include "os/process.h"
#include "os/signal_queue.h"
#include "os/terminal.h"

namespace nacre {
namespace {

constexpr int failure_status = 255;

mux::ForwardType to_type(ForwardKind kind)
{
    return kind == ForwardKind::local    ? mux::ForwardType::local
           : kind == ForwardKind::remote ? mux::ForwardType::remote
                                         : mux::ForwardType::dynamic;
}

std::string_view host_of(const Forward::End& end) { return end.host ? std::string_view{*end.host} : std::string_view{}; }

template <class M>
M to_message(std::uint32_t request, ForwardKind kind, const Forward& forward)
{
    M message{.request = request, .kind = to_type(kind)};
    auto& listen = forward.listen;
    message.listen_host = listen.path.empty() ? host_of(listen) : listen.path;
    message.listen_port = listen.path.empty() ? listen.port : mux::unix_port;
    if (!forward.connect) {
        message.connect_host = mux::socks_host;
        return message;
    }
    auto& to = *forward.connect;
    message.connect_host = to.path.empty() ? host_of(to) : to.path;
    message.connect_port = to.path.empty() ? to.port : mux::unix_port;
    return message;
}

} // namespace

struct MuxClient::Command {
    std::string_view name;
    Result<int> (*act)(MuxClient&);
};

std::span<const MuxClient::Command> MuxClient::rows()
{
    static constexpr std::array rows{
        Command{"cancel", [](MuxClient& c) { return c.cancel_forwards(); }},
        Command{"channels", [](MuxClient& c) { return c.show("channels"); }},
        Command{"check", [](MuxClient& c) { return c.check(); }},
        Command{"conninfo", [](MuxClient& c) { return c.show("conninfo"); }},
        Command{"exit", [](MuxClient& c) { return c.tell_to_exit(); }},
        Command{"forward", [](MuxClient& c) { return c.open_forwards(); }},
        Command{"stop", [](MuxClient& c) { return c.tell_to_stop(); }},
    };
    return rows;
}

const MuxClient::Command* MuxClient::find_command(std::string_view name)
{
    for (auto& row : rows())
        if (row.name == name)
            return &row;
    return nullptr;
}

std::string MuxClient::commands()
{
    std::string names;
    for (auto& row : rows())
        names.append(row.name).append(", ");
    return names + std::string{proxy};
}

bool MuxClient::knows(std::string_view command) { return command == proxy || find_command(command); }

std::string MuxClient::host_shown() const { return printable(configuration_.host()); }

// ---- the commands of -O ------------------------------------------------------------------

Result<int> MuxClient::obey(std::string_view name)
{
    auto* command = find_command(name);
    return command ? command->act(*this) : bad_input("Invalid multiplex command.");
}

Result<int> MuxClient::check()
{
    auto pid = TRY(conversation_.master_pid());
    say(stderr, "Master running (pid={})\r\n", pid);
    return 0;
}

Result<int> MuxClient::tell_to_exit()
{
    TRY(conversation_.send(mux::Terminate{conversation_.next_request()}));
    auto done = conversation_.answer<mux::Done>();
    if (!done && done.error().kind != ErrorKind::system)          // OpenSSH's master may be gone before it has answered
        return fail(done.error());
    if (log_.wants(LogLevel::fatal))
        say(stderr, "Exit request sent.\r\n");
    return 0;
}

Result<int> MuxClient::tell_to_stop()
{
    TRY(conversation_.send(mux::StopListening{conversation_.next_request()}));
    TRY(conversation_.answer<mux::Done>());
    if (log_.wants(LogLevel::fatal))
        say(stderr, "Stop listening request sent.\r\n");
    return 0;
}

Result<int> MuxClient::open_forwards()
{
    auto requested = request_forwards(What::open, Ports::printed);
    if (!requested)
        return not_permitted("master forward request failed");
    return 0;
}

// OpenSSH's status is 0 here whatever the answers are, and scripts know it so.
Result<int> MuxClient::cancel_forwards()
{
    if (!request_forwards(What::cancel, Ports::logged))
        log_.error("master cancel forward request failed");
    return 0;
}

Result<int> MuxClient::show(std::string_view question)
{
    TRY(conversation_.send(mux::Ask{conversation_.next_request(), question}));
    auto answer = TRY(conversation_.answer<mux::Answer>());
    TRY(write_all(1, as_bytes(for_people(printable_text(answer.lines)))));
    return 0;
}

// ---- forwardings -------------------------------------------------------------------------

// All are tried; the first failure is the result.
Result<void> MuxClient::request_forwards(What what, Ports ports)
{
    Result<void> outcome;
    auto request_all = [&](ForwardKind kind, const std::vector<Forward>& forwards) {
        for (auto& forward : forwards) {
            auto requested = request_forward(what, kind, forward, ports);
            if (requested)
                continue;
            log_.error("forwarding request failed: {}", requested.error().what);
            if (outcome)
                outcome = std::move(requested);
        }
    };
    request_all(ForwardKind::local, options_.local_forward);
    request_all(ForwardKind::remote, options_.remote_forward);
    request_all(ForwardKind::dynamic, options_.dynamic_forward);
    return outcome;
}

Result<void> MuxClient::request_forward(What what, ForwardKind kind, const Forward& asked, Ports ports)
{
    auto forward = TRY(configuration_.expand_paths(asked));
    auto request = conversation_.next_request();
    if (what == What::cancel)
        TRY(conversation_.send(to_message<mux::CloseForward>(request, kind, forward)));
    else
        TRY(conversation_.send(to_message<mux::OpenForward>(request, kind, forward)));
    auto body = TRY(conversation_.receive());
    TRY(MuxConversation::refusal(body));
    if (mux::type_of(body) != mux::RemotePort::type) {
        TRY(mux::read<mux::Done>(body));
        return {};
    }
    auto port = TRY(mux::read<mux::RemotePort>(body));
    log_.info("Allocated port {} for remote forward to {}", port.port, target_told(forward));
    if (ports == Ports::printed)
        say("{}\n", port.port);
    return {};
}

// ---- sessions ----------------------------------------------------------------------------

Result<int> MuxClient::run(const SessionPlan& plan, Forwardings forwardings)
{
    master_ = TRY(conversation_.master_pid());
    if (forwardings == Forwardings::request && !request_forwards(What::open, Ports::logged))
        return not_permitted("master forward request failed");
    if (plan.stdio_forward)
        return run_stdio_forward(plan);
    if (plan.kind == SessionPlan::Kind::none)
        return options_.fork_after_authentication ? 0 : stay_for_status(false);   // what was asked for is the master's now
    return run_session(plan);
}

Result<void> MuxClient::ask_for_session(const SessionPlan& plan, std::uint32_t request)
{
    ByteVector environment;
    for (auto& variable : variables_to_send(options_, Environment::of_this_process().lines()))
        Writer{environment}.string(variable.name + "=" + variable.value);
    auto term = terminal_type(options_, environment_variable("TERM"));
    mux::NewSession wish{.request = request, .reserved = {}};
    wish.wants_tty = plan.wants_tty ? 1 : 0;
    wish.wants_x11 = options_.forward_x11 ? 1 : 0;
    wish.wants_agent = options_.forward_agent.on ? 1 : 0;
    wish.is_subsystem = plan.kind == SessionPlan::Kind::subsystem ? 1 : 0;
    if (options_.escape_char)
        wish.escape = static_cast<unsigned char>(*options_.escape_char);
    wish.term = term;
    wish.command = plan.command;
    wish.environment = {environment};
    TRY(conversation_.send(wish));
    auto null = TRY(open_null_device());
    std::array descriptors{reads_no_input(options_) ? null.number() : 0, 1, 2};
    return conversation_.send_descriptors(descriptors);
}

Result<int> MuxClient::run_session(const SessionPlan& plan)
{
    TRY(ask_for_session(plan, conversation_.next_request()));
    TRY(conversation_.answer<mux::SessionOpened>());
    return told(go_to_background_or_stay(plan));
}

// The program runs from here on: whoever heard of an error would ask for it once more, over a connection of his own.
int MuxClient::told(Result<int> status)
{
    if (!status)
        log_.error("{}", status.error().what);
    return status.value_or(failure_status);
}

Result<int> MuxClient::run_stdio_forward(const SessionPlan& plan)
{
    auto& to = *plan.stdio_forward;
    TRY(conversation_.send(mux::NewStdioForward{.request = conversation_.next_request(),
                                                .reserved = {},
                                                .host = to.path.empty() ? std::string_view{*to.host} : to.path,
                                                .port = to.path.empty() ? to.port : mux::unix_port}));
    constexpr std::array descriptors{0, 1};
    TRY(conversation_.send_descriptors(descriptors));
    if (auto opened = conversation_.answer<mux::SessionOpened>(); !opened) {
        log_.error("stdio forwarding failed: {}", opened.error().what);
        return failure_status;
    }
    auto status = stay(false);
    if (!status)
        return told(fail(std::move(status).error()));
    return status->value_or(0);                                   // the end of a connection that lost nothing
}

Result<int> MuxClient::go_to_background_or_stay(const SessionPlan& plan)
{
    if (!options_.fork_after_authentication)
        return stay_for_status(plan.wants_tty);
    auto forked = fork_to_background(KeepErrorStream::yes);
    if (!forked)
        return system_failure(fmt::format("Cannot go to the background: {}", forked.error().what));
    if (forked->side == ForkSide::parent)
        exit_now(0);
    close_numbers(plan.inherited);
    return stay_for_status(false);
}

Result<int> MuxClient::stay_for_status(bool tty)
{
    auto status = TRY(stay(tty));
    return status.value_or(failure_status);
}

// Until the master has no more to say.
Result<std::optional<int>> MuxClient::stay(bool tty)
{
    auto signals = TRY(SignalQueue::hold(std::array{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH}));
    std::optional<RawTerminal> raw;
    if (tty && is_terminal(0))
        if (auto entered = RawTerminal::enter(0))
            raw = std::move(*entered);
    std::optional<int> status;
    for (;;) {
        auto which = TRY(wait_for_either(signals.descriptor(), conversation_.descriptor()));
        if (which == 0) {
            auto signal = signals.next();
            if (signal == SIGWINCH) {
                (void)::kill(static_cast<pid_t>(master_), SIGWINCH);
                continue;
            }
            if (signal) {
                log_.verbose("Killed by signal {}.", *signal);
                return failure_status;
            }
            continue;
        }
        auto body = conversation_.received();
        if (!body)
            break;
        if (!*body)
            continue;
        if (auto exited = mux::read<mux::SessionExited>(**body))
            status = static_cast<int>(exited->status & 0xff);
        else if (mux::type_of(**body) == mux::TtyFailed::type)
            raw.reset();
        else if (auto failed = mux::read<mux::Failed>(**body)) {  // of -W, by a master of ours: not all of it arrived
            log_.error("{}", printable(failed->reason));
            status = failure_status;
        }
    }
    if (raw) {
        raw->leave();
        log_.info("Shared connection to {} closed.", host_shown());
    }
    return status;
}

} // namespace nacre
