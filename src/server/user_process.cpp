#include "server/user_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/distinct.h"
#include "base/text.h"
#include "os/privileges.h"
#include "os/pty.h"
#include "os/safe_file.h"
#include "os/signals.h"
#include "os/system_error.h"
#include "server/built_in_programs.h"
#include "server/process_name.h"
#include "server/process_protocol.h"
#include "server/program_environment.h"

namespace nacre {
namespace {

constexpr int monitor_fd = 3;
constexpr int pipe_size = 256 * 1024;                             // more bytes per system call than the kernel's 64 KiB
constexpr std::size_t longest_environment_file = 64 * 1024;

bool is_there(const std::string& path) { return file_facts(path).has_value(); }

// A pipe whose far end is the program's; ours does not block.
Result<Pipe> program_pipe(bool we_write)
{
    auto pipe = TRY(make_pipe());
    (void)::fcntl(pipe.writer.number(), F_SETPIPE_SZ, pipe_size); // the user may have too many pipes already
    TRY(set_blocking((we_write ? pipe.writer : pipe.reader).number(), Blocking::no));
    return pipe;
}

Result<void> lead_session(int terminal)                           // -1: none
{
    if (::setsid() < 0)
        return errno_failure("session");
    if (terminal >= 0)
        TRY(make_controlling_terminal(terminal));
    default_all_signals(std::array{SIGPIPE});
    return {};
}

// A copy of this process leads the program's session from its first moment on: what runs before the program has its
// terminal, hears its signals, and reaches nobody else by its own.
Result<Forked> fork_leader(int terminal, int error)
{
    SignalsBlocked blocked;                                       // our handlers, run in the copy, would tell us
    auto forked = TRY(fork_process());
    if (forked.side == ForkSide::parent)
        return forked;
    if (auto leads = lead_session(terminal); !leads) {
        (void)write_all(error, as_bytes("not started: " + leads.error().what + "\n"));
        exit_now(1);
    }
    return forked;
}

// In the program's process, before there is a program.
void wait_at(Gate& gate, int error)
{
    if (gate.pass())
        return;
    (void)write_all(error, as_bytes("not started: sshd-user could not tell of it\n"));   // if there is still somebody to hear
    exit_now(1);
}

} // namespace

UserProcess::~UserProcess()
{
    if (auth_info_file_.empty())
        return;
    ::unlink(auth_info_file_.c_str());
    ::rmdir(auth_info_directory_.c_str());
}

Result<void> UserProcess::become(const BecomeUser& order)
{
    was_hushed_outside_ = !order.root_directory.empty() && is_there(order.home + "/.hushlogin");
    if (!order.root_directory.empty())
        TRY(enter_root_directory(order.root_directory));
    if (is_root())
        TRY(nacre::become(Identity{order.uid, order.gid, order.groups.items}));
    if (auto limit = current_limit(Limit::open_files); limit && lift_soft_limit(0, Limit::open_files))
        open_files_ = *limit;
    // After the identity, whose change takes both back.  Not SIGKILL: there are files to remove.
    TRY(die_with_parent(SIGTERM));
    TRY(forbid_tracing());
    user_ = order.user;
    home_ = order.home;
    shell_ = order.shell;
    root_is_elsewhere_ = !order.root_directory.empty();
    show_title();
    std::string notes;
    if (!order.auth_info.empty())
        if (auto exposed = expose_auth_info(order.auth_info); !exposed)
            notes = "there will be no SSH_USER_AUTH: " + exposed.error().what;
    return monitor_.send(BecameUser{{}, notes});
}

// Where there is no room for it, the session goes without.
Result<void> UserProcess::expose_auth_info(std::string_view text)
{
    auto folder = TRY(make_temporary_directory("/tmp/sshauth."));
    auto file = folder + "/info";
    if (auto created = create_file(file, as_bytes(text), 0600); !created) {
        ::rmdir(folder.c_str());
        return created;
    }
    auth_info_directory_ = folder;
    auth_info_file_ = file;
    return {};
}

void UserProcess::run()
{
    monitor_watch_ = loop_.watch(monitor_.fd(), {.readable = true}, [this](Ready) { monitor_ready(); });
    terminate_watch_ = loop_.on_signal(SIGTERM, [this] { loop_.stop(); });
    monitor_.send_by(loop_);
    loop_.run();
    monitor_.send_rest();
}

void UserProcess::monitor_ready()
{
    auto message = monitor_.receive();
    if (!message || !*message || !monitor_.unwrap(**message) || !handle(std::move(**message)))
        loop_.stop();
}

// ---- orders ------------------------------------------------------------------------------

struct UserProcess::Row {
    MessageNumber number;
    Result<void> (UserProcess::*handler)(ReceivedMessage&);
};

const UserProcess::Row* UserProcess::find_row(MessageNumber number)
{
    static constexpr std::array rows{
        Row{RunProgram::number, &UserProcess::run_program},
        Row{SignalProgram::number, &UserProcess::here<SignalProgram>},
        Row{ConnectTcp::number, &UserProcess::to_forwarding<ConnectTcp>},
        Row{ConnectUnix::number, &UserProcess::to_forwarding<ConnectUnix>},
        Row{OpenTunnelDevice::number, &UserProcess::to_forwarding<OpenTunnelDevice>},
        Row{ListenTcp::number, &UserProcess::to_forwarding<ListenTcp>},
        Row{ListenUnix::number, &UserProcess::to_forwarding<ListenUnix>},
        Row{ListenAgent::number, &UserProcess::to_forwarding<ListenAgent>},
        Row{ListenDisplay::number, &UserProcess::to_forwarding<ListenDisplay>},
        Row{StopListening::number, &UserProcess::to_forwarding<StopListening>},
        Row{AcceptAnother::number, &UserProcess::to_forwarding<AcceptAnother>},
    };
    static_assert(all_differ(rows, &Row::number));
    auto* row = std::ranges::find(rows, number, &Row::number);
    return row == rows.end() ? nullptr : row;
}

Result<void> UserProcess::handle(ReceivedMessage message)
{
    auto* row = find_row(message.number());
    return row ? (this->*row->handler)(message) : bad_input("an order that nobody knows");
}

template <Message Order>
Result<void> UserProcess::here(ReceivedMessage& message)
{
    auto order = TRY(decode<Order>(message.payload));
    return on(order);
}

template <Message Order>
Result<void> UserProcess::to_forwarding(ReceivedMessage& message)
{
    auto order = TRY(decode<Order>(message.payload));
    return forwarding_.on(order);
}

Result<void> UserProcess::run_program(ReceivedMessage& message)
{
    auto order = TRY(decode<RunProgram>(message.payload));
    return on(order, std::move(message.fds));
}

// ---- programs ----------------------------------------------------------------------------

Environment UserProcess::environment_for(const RunProgram& order) const
{
    Environment environment;
    for (auto& line : order.environment.items)
        environment.set_line(line);
    if (order.read_user_environment)
        if (auto file = read_file(home_ + "/.ssh/environment", longest_environment_file))
            for (auto& line : nacre::read_user_environment(as_text(*file), order.user_environment_names))
                environment.set_line(line);
    for (auto& line : order.environment_after.items)
        environment.set_line(line);
    if (!auth_info_file_.empty())
        environment.set("SSH_USER_AUTH", auth_info_file_);
    auto set_if_there = [&](const char* name, const std::string& value) {
        if (!value.empty())
            environment.set(name, value);
    };
    set_if_there("SSH_TUNNEL", forwarding_.tunnel_names());
    set_if_there("DISPLAY", forwarding_.place_of(order.display_listener));
    set_if_there("SSH_AUTH_SOCK", forwarding_.place_of(order.agent_listener));
    return environment;
}

SessionPreparation UserProcess::preparation_for(const RunProgram& order) const
{
    SessionPreparation preparation;
    if (order.user_rc)
        preparation.user_rc = home_ + "/.ssh/rc";
    preparation.shell = shell_;
    preparation.xauth = order.xauth;
    preparation.display = forwarding_.place_of(order.display_listener);
    preparation.protocol = order.display_protocol;
    preparation.cookie = order.display_cookie;
    return preparation;
}

SpawnRequest UserProcess::request_for(const RunProgram& order) const
{
    SpawnRequest request;
    request.program = order.program;
    request.arguments = order.arguments.items;
    request.environment = environment_for(order);
    request.directory = home_;
    request.directory_may_fail = true;
    request.open_files = open_files_;
    return request;
}

Result<void> UserProcess::on(const RunProgram& order, std::vector<Fd> fds)
{
    auto started = start(request_for(order), order, std::move(fds));
    if (!started)
        return monitor_.send(ProgramStarted{order.id, started.error().what, 0});
    auto& running = running_[order.id];
    running.child = std::move(started->child);
    running.terminal = order.terminal;
    show_title();
    running.watch = loop_.watch(running.child.pidfd().number(), {.readable = true},
                                [this, id = order.id](Ready) { child_ended(id); });
    ProgramStarted news{order.id, {}, static_cast<std::uint32_t>(running.child.pid())};
    std::array numbers{started->input.number(), started->output.number(), started->error.number()};
    // The gate opens afterwards: whoever of us is killed when, nothing runs that the monitor does not know of.
    TRY(started->input ? monitor_.send(news, numbers) : monitor_.send(news));
    started->gate.open();
    return {};
}

Result<UserProcess::Started> UserProcess::start(SpawnRequest request, const RunProgram& order,
                                                std::vector<Fd> terminal) const
{
    Pipe input, output, error;
    if (terminal.empty()) {
        input = TRY(program_pipe(true));
        output = TRY(program_pipe(false));
        error = TRY(program_pipe(false));
        request.input = input.reader.number();
        request.output = output.writer.number();
        request.error = error.writer.number();
    } else {
        request.input = request.output = request.error = terminal[0].number();
    }
    auto gate = TRY(Gate::make());
    auto forked = TRY(fork_leader(terminal.empty() ? -1 : request.input, request.error));
    if (forked.side == ForkSide::child) {
        wait_at(gate, request.error);
        become_program(request, order);
    }
    return Started{std::move(forked.child), std::move(gate), std::move(input.writer), std::move(output.reader),
                   std::move(error.reader)};
}

// In the program's process: the greeting may be longer than a terminal holds before somebody reads it, and preparations
// may wait for locks.
void UserProcess::become_program(const SpawnRequest& request, const RunProgram& order) const
{
    if (is_prepared(request.program))
        prepare_session(preparation_for(order), request);
    if (is_built_in(request.program) && request.open_files)
        (void)set_soft_limit(Limit::open_files, *request.open_files);
    if (is_built_in(request.program))
        run_built_in_program(request.program, request.arguments, *request.environment, home_,
                             {request.input, request.output, request.error});
    const char* line_end = order.terminal.empty() ? "\n" : "\r\n";
    greet(order, request.output);
    complain_about_home(request.error, line_end);
    auto failure = execute(request).why;
    (void)write_all(request.error, as_bytes(failure.what + line_end));
    exit_now(1);
}

// In the program's process.  Where the root is another folder, nobody expects a home there.
void UserProcess::complain_about_home(int error, std::string_view line_end) const
{
    if (root_is_elsewhere_ || ::chdir(home_.c_str()) == 0)
        return;
    auto why = os_error_text(errno);
    auto line = fmt::format("Could not chdir to home directory {}: {}{}", printable(home_), why, line_end);
    (void)write_all(error, as_bytes(line));
}

// As OpenSSH's: the terminals of this connection behind the user's name.
void UserProcess::show_title()
{
    std::string terminals;
    for (auto& [id, running] : running_)
        if (!running.terminal.empty())
            terminals += (terminals.empty() ? "" : ",") + running.terminal;
    title_.set(fmt::format("{}@{}", user_, terminals.empty() ? "notty" : terminals));
}

void UserProcess::greet(const RunProgram& order, int output) const
{
    bool wants_no_words = root_is_elsewhere_ ? was_hushed_outside_ : is_there(home_ + "/.hushlogin");
    if (!wants_no_words)
        (void)write_all(output, as_bytes(order.greeting));
}

void UserProcess::child_ended(std::uint32_t id)
{
    auto found = running_.find(id);
    auto status = found->second.child.check();
    if (status && !*status)
        return;
    found->second.watch.reset();
    auto how = status ? **status : ExitStatus{255, 0, false};
    running_.erase(found);
    show_title();
    ProgramExited news{id, static_cast<std::uint32_t>(how.code), static_cast<std::uint32_t>(how.signal),
                       how.core_dumped};
    if (!monitor_.send(news))
        loop_.stop();
}

// To the group, whose number is the child's own as soon as it leads its session.
Result<void> UserProcess::on(const SignalProgram& order)
{
    auto found = running_.find(order.id);
    auto number = signal_number(order.signal);
    if (found != running_.end() && number && found->second.child.is_running())
        if (auto pid = found->second.child.pid(); ::kill(-pid, *number) < 0 && errno == ESRCH)
            ::kill(pid, *number);
    return {};
}

// ------------------------------------------------------------------------------------------

int run_user_process(ProcessTitle title)
{
    if (auto status = protocol_verdict())
        return *status;
    name_this_process("sshd-user");
    ignore_broken_pipes();
    ignore_size_limit();
    MessageSocket monitor{Fd{monitor_fd}};
    auto first = monitor.receive();
    if (!first || !*first)
        return 255;
    auto order = decode<BecomeUser>((*first)->payload);
    auto loop = EventLoop::create();
    if (!order || !loop)
        return 255;
    UserProcess process{*loop, monitor, title};
    auto became = process.become(*order);
    if (!became) {
        (void)monitor.send(BecameUser{became.error().what, {}});
        return 255;
    }
    process.run();
    return 0;
}

} // namespace nacre
