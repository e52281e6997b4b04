// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/sessions.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"
#include "config/lexer.h"
#include "config/none.h"
#include "connection/terminal_modes.h"
#include "os/privileged/login_record.h"
#include "os/privileges.h"
#include "os/safe_file.h"
#include "os/signals.h"
#include "os/terminal.h"
#include "runtime/sftp_server/serve.h"
#include "server/built_in_programs.h"
#include "server/program_environment.h"

namespace nacre {
namespace {

constexpr std::size_t longest_words = 64 * 1024;                  // of a greeting, from each of its sources

// RFC 4254 §6.10; OpenSSH's selection.
constexpr std::array<std::string_view, 12> deliverable_signals{"ABRT", "ALRM", "FPE",  "HUP",  "INT",  "KILL",
                                                               "PIPE", "QUIT", "SEGV", "TERM", "USR1", "USR2"};

std::string short_terminal(std::string_view name)
{
    return std::string{name.starts_with("/dev/") ? name.substr(5) : name};
}

// The arguments of a built-in program, quoted as in a configuration file; or as they stand, where that fails.
std::vector<std::string> words_behind_name(std::string_view command)
{
    auto words = lex_words(command);
    if (!words) {
        words.emplace();
        for (auto word : split(command, ' '))
            if (!word.empty())
                words->emplace_back(word);
    }
    words->erase(words->begin());
    return *std::move(words);
}

} // namespace

Sessions::~Sessions()
{
    for (auto& [number, session] : sessions_) {
        tell_end(number, session, nullptr);
        give_up_terminal(session);
    }
}

// ---- sshd-user ---------------------------------------------------------------------------

Result<void> Sessions::on(const BecameUser& news)
{
    if (!news.problem.empty())
        return system_failure(printable(news.problem));
    if (!news.notes.empty())
        log_.info("sshd-user: {}", printable(news.notes));
    return {};
}

Result<void> Sessions::on(const ProgramStarted& news, std::vector<Fd> fds)
{
    auto found = std::ranges::find_if(sessions_, [&](auto& entry) { return entry.second.program_id == news.id; });
    if (found == sessions_.end())
        return {};                                                // closed meanwhile; the descriptors close too
    auto& [number, session] = *found;
    if (session.program != ProgramState::starting)
        return peer_misbehaved("the user's process started what was not ordered");
    if (!news.problem.empty()) {
        log_.error("{}", printable(news.problem));
        tell_end(number, session, nullptr);
        session.began.reset();
        session.program = ProgramState::none;                     // the client may ask for another
        return network_.send(ProgramRunning{number, false, false});
    }
    session.program = ProgramState::running;
    session.pid = news.pid;
    if (session.pty) {
        record(session, true);
        session.pty->slave.close();
        TRY(set_blocking(session.pty->master.number(), Blocking::no));
        std::array masters{session.pty->master.number(), session.pty->master.number()};
        return network_.send(ProgramRunning{number, true, true}, masters);
    }
    if (fds.size() != 3)
        return peer_misbehaved("a program without its three descriptors");
    std::array numbers{fds[0].number(), fds[1].number(), fds[2].number()};
    return network_.send(ProgramRunning{number, true, false}, numbers);
}

Result<void> Sessions::on(const ProgramExited& news)
{
    auto found = std::ranges::find_if(sessions_, [&](auto& entry) { return entry.second.program_id == news.id; });
    if (found == sessions_.end())
        return {};
    auto& [number, session] = *found;
    if (session.program != ProgramState::running)
        return peer_misbehaved("the user's process reported the end of what does not run");
    session.program = ProgramState::ended;
    give_up_terminal(session);
    auto signal = news.signal == 0 ? std::string{} : signal_name(static_cast<int>(news.signal));
    if (news.signal == 0)
        session.status = news.code;
    else
        session.signal = signal;
    return network_.send(ProgramEnded{number, news.code, signal, news.core_dumped});
}

// ---- questions ---------------------------------------------------------------------------

Sessions::Session* Sessions::find(std::uint32_t number)
{
    auto found = sessions_.find(number);
    return found == sessions_.end() ? nullptr : &found->second;
}

Result<void> Sessions::on(const OpenSession& question)
{
    if (sessions_.contains(question.session))
        return peer_misbehaved("a session was opened twice");
    if (sessions_.size() >= login_.options().max_sessions) {
        log_.tell(events::SessionRefused{question.session, "no more sessions"});
        return answer(question.session, false);
    }
    sessions_[question.session].program_id = next_program_id_++;
    return answer(question.session, true);
}

bool Sessions::may_have_terminal() const
{
    return login_.options().permit_tty && login_.key_options().permit_pty;
}

Result<void> Sessions::on(const AskTerminal& question)
{
    auto* session = find(question.session);
    if (!session || session->pty || session->program != ProgramState::none || !may_have_terminal())
        return answer(question.session, false);
    auto made = make_terminal(*session, question);
    if (!made)
        log_.error("session_pty_req: {}", printable(made.error().what));
    return answer(question.session, made.has_value());
}

Result<void> Sessions::make_terminal(Session& session, const AskTerminal& question)
{
    auto pty = TRY(open_pty());
    if (is_root())
        TRY(give_pty(pty, login_.account().uid, login_.account().gid));
    auto modes = decode_terminal_modes(question.modes);
    TRY(set_terminal_modes(pty.slave.number(), modes));
    TRY(set_window_size(pty.master.number(),
                        {question.columns, question.rows, question.width_pixels, question.height_pixels}));
    log_.debug1("session_pty_req: session {} alloc {}", session.program_id, pty.name);
    session.term = question.term;
    session.pty = std::move(pty);
    return {};
}

Result<void> Sessions::on(const AskVariable& question)
{
    auto* session = find(question.session);
    bool accepted = session && accepts_variable(login_.options().accept_env, question.variable);
    if (!accepted) {
        log_.debug2("Ignoring env request {}: disallowed name", printable(question.variable));
        return answer(question.session, false);
    }
    auto size = question.variable.size() + question.value.size();
    if (session->variables.size() >= session_limits::variables
        || session->variables_size + size > session_limits::environment) {
        auto level = std::exchange(session->was_told_of_excess, true) ? LogLevel::debug2 : LogLevel::info;
        log_.say(level, "Ignoring env request {}: more than {} variables or {} bytes",
                 printable(question.variable.substr(0, 64)), session_limits::variables, session_limits::environment);
        return answer(question.session, false);
    }
    session->variables_size += size;
    session->variables.push_back({std::string{question.variable}, std::string{question.value}});
    return answer(question.session, true);
}

Result<void> Sessions::on(const AskProgram& question)
{
    auto* session = find(question.session);
    if (session && session->program != ProgramState::none)
        return peer_misbehaved("a second program in one session");
    if (question.kind > ProgramKind::subsystem)
        return peer_misbehaved("monitor: an unknown kind of program");
    auto command = session ? command_for(question) : std::nullopt;
    if (!command)                                                 // the client may ask for another, in its terminal
        return network_.send(ProgramRunning{question.session, false, false});
    session->program = ProgramState::starting;
    tell_start(question, *command, *session);
    session->is_signallable = !command->forced && question.kind != ProgramKind::subsystem;
    auto order = order_for(question.session, *session, *command);
    if (!session->pty)
        return user_.send(order);
    std::array slave{session->pty->slave.number()};
    return user_.send(order, slave);
}

std::optional<Sessions::Command> Sessions::command_for(const AskProgram& question)
{
    Command command;
    if (login_.has_session_failed() || login_.must_change_password()) {
        command.original = question.command;
        command.forced = true;
        command.forced_by = "login";
        command.built_in = login_.has_session_failed() ? no_session_notice : password_change;
        command.text = command.built_in;
        return command;
    }
    command.is_shell = question.kind == ProgramKind::shell;
    command.is_subsystem = question.kind == ProgramKind::subsystem;
    if (command.is_subsystem) {
        auto& known = login_.options().subsystem;
        auto found = std::ranges::find(known, question.command, &Subsystem::name);
        if (found == known.end()) {
            log_.error("subsystem request for {} by user {} failed, subsystem not found", printable(question.command),
                       printable(login_.account().name));
            return std::nullopt;
        }
        command.text = found->command;
    } else {
        command.text = question.command;
    }
    auto& by_config = login_.options().force_command;
    auto& by_key = login_.key_options().command;
    if (is_unset(by_config) && !by_key) {
        command.built_in = built_in_for(command, question.kind);
        return command;
    }
    command.original = std::exchange(command.text, is_unset(by_config) ? by_key.value_or("") : by_config);
    command.forced = true;                                        // an empty command, too: the shell gets nothing to do
    command.forced_by = is_unset(by_config) ? "key-option" : "config";
    command.built_in = built_in_for(command, question.kind);
    return command;
}

// Only where the administrator or the key's owner named it.
std::string_view Sessions::built_in_for(const Command& command, ProgramKind kind) const
{
    bool is_subsystem = kind == ProgramKind::subsystem;
    if (!names_internal_sftp(command.text) || (!is_subsystem && !command.forced))
        return {};
    return is_subsystem ? internal_sftp : sftp_only_notice;
}

RunProgram Sessions::order_for(std::uint32_t number, const Session& session, const Command& command) const
{
    auto& account = login_.account();
    auto& options = login_.options();
    ProgramSituation situation{.account = account,
                               .connection = connection_,
                               .from_client = command.stands_alone() ? std::vector<Variable>{} : session.variables,
                               .term = session.term,
                               .terminal = session.pty ? session.pty->name : std::string{},
                               .time_zone = environment_variable("TZ").value_or(""),
                               .tickets = login_.tickets() ? login_.tickets()->cache() : std::string{},
                               .from_pam = login_.passwords().environment(),
                               .uses_pam = options.use_pam,
                               .from_config = options.set_env,
                               .from_key = login_.key_options().environment,
                               .user_environment = options.permit_user_environment,
                               .original_command = command.original,
                               .command_is_forced = command.forced};
    auto environment = program_environment(situation);
    RunProgram order;
    order.id = session.program_id;
    if (session.pty)
        order.terminal = short_terminal(session.pty->name);
    order.program = account.shell;
    auto base_name = account.shell.substr(account.shell.rfind('/') + 1);
    bool login_shell = command.is_login_shell();
    if (login_shell)
        order.arguments.items = {"-" + base_name};
    else
        order.arguments.items = {base_name, "-c", command.text};
    if (!command.built_in.empty()) {
        order.program = command.built_in;
        order.arguments.items = words_behind_name(command.text);
    }
    if (command.built_in == no_session_notice)
        order.arguments.items.push_back(words_of_pam());
    order.environment.items = std::move(environment.before);
    order.read_user_environment = options.permit_user_environment.on && !command.stands_alone();
    order.user_environment_names = options.permit_user_environment.names;
    order.environment_after.items = std::move(environment.after);
    if (command.is_subsystem && names_link_first_)
        order.environment_after.items.push_back(fmt::format("{}=1", sftp::link_first_variable));
    order.user_rc = !command.is_subsystem && is_unset(options.force_command) && options.permit_user_rc
                    && login_.key_options().permit_user_rc;
    forwardings_.add_to(order, number);
    if (login_shell)
        order.greeting = words_of_pam();
    if (login_shell && session.pty)
        order.greeting += words_for_terminal();
    return order;
}

// For each login shell of the connection: who shares one sees what he would see by himself.
std::string Sessions::words_of_pam() const
{
    std::string text;
    for (auto& line : login_.passwords().texts())
        text += line + "\n";
    text.resize(std::min(text.size(), longest_words));
    return text;
}

// Read here, since sshd-user may have another root, with other files.
std::string Sessions::words_for_terminal() const
{
    std::string text;
    if (login_.options().print_last_log)
        text = words_of_last_login();
    if (login_.options().print_motd)
        if (auto motd = read_file("/etc/motd", longest_words))
            text += as_text(*motd);
    return text;
}

std::string Sessions::words_of_last_login() const
{
    auto last = last_login(login_.account().uid);
    if (!last || !*last || (*last)->when == 0)
        return {};
    std::tm local{};
    auto seconds = static_cast<std::time_t>((*last)->when);
    char when[64];
    if (!localtime_r(&seconds, &local) || std::strftime(when, sizeof when, "%a %b %e %H:%M:%S %Y", &local) == 0)
        return {};
    if ((*last)->host.empty())
        return fmt::format("Last login: {}\r\n", when);
    return fmt::format("Last login: {} from {}\r\n", when, printable((*last)->host));
}

// Commands that clients choose may hold secrets, and are not told.
void Sessions::tell_start(const AskProgram& question, const Command& command, Session& session)
{
    static constexpr std::array<std::string_view, 3> kinds{"shell", "command", "subsystem"};
    session.began = std::chrono::steady_clock::now();
    events::SessionOpened event;
    event.session = question.session;
    event.kind = kinds[static_cast<std::size_t>(question.kind)];
    event.forced = command.forced;
    event.forced_by = command.forced_by;
    if (command.forced)
        event.command = command.text;
    else if (question.kind == ProgramKind::subsystem)
        event.command = question.command;
    if (session.pty)
        event.terminal = short_terminal(session.pty->name);
    log_.tell(event);
}

void Sessions::tell_end(std::uint32_t number, const Session& session, const SessionGone* news)
{
    if (!session.began)
        return;
    events::SessionClosed event;
    event.session = number;
    event.status = session.status;
    event.signal = session.signal;
    if (news) {
        event.bytes_in = news->bytes_in;
        event.bytes_out = news->bytes_out;
    }
    event.milliseconds = events::milliseconds(std::chrono::steady_clock::now() - *session.began);
    log_.tell(event);
}

Result<void> Sessions::on(const WindowChanged& news)
{
    auto* session = find(news.session);
    if (session && session->pty)
        (void)set_window_size(session->pty->master.number(),
                              {news.columns, news.rows, news.width_pixels, news.height_pixels});
    return {};
}

Result<void> Sessions::on(const AskSignal& question)
{
    auto* session = find(question.session);
    bool known = std::ranges::find(deliverable_signals, question.signal) != deliverable_signals.end();
    bool granted = session && session->program == ProgramState::running && session->is_signallable && known;
    if (granted)
        TRY(user_.send(SignalProgram{session->program_id, question.signal}));
    return answer(question.session, granted);
}

Result<void> Sessions::on(const AskBreak& question)
{
    auto* session = find(question.session);
    bool granted = session && session->pty && ::tcsendbreak(session->pty->master.number(), 0) == 0;
    return answer(question.session, granted);
}

Result<void> Sessions::on(const SessionGone& news)
{
    auto found = sessions_.find(news.session);
    if (found == sessions_.end())
        return {};
    bool was_starting = found->second.program == ProgramState::starting;
    tell_end(news.session, found->second, &news);
    give_up_terminal(found->second);
    sessions_.erase(found);
    if (was_starting)                                             // its question is still open
        TRY(network_.send(ProgramRunning{news.session, false, false}));
    return forwardings_.session_is_gone(news.session);
}

// ---- terminals ---------------------------------------------------------------------------

void Sessions::record(Session& session, bool login)
{
    LoginRecord entry;
    entry.user = login_.account().name;
    entry.uid = login_.account().uid;
    entry.pid = static_cast<std::int32_t>(session.pid);
    entry.terminal = session.pty->name;
    entry.host = connection_.peer_name;
    entry.address = numeric_address(connection_.peer_host, connection_.peer_port);
    entry.when = static_cast<std::int64_t>(std::time(nullptr));
    auto done = login ? record_login(entry) : record_logout(entry);
    if (!done)
        log_.info("login record: {}", printable(done.error().what));
    session.recorded = login;
    // The listener may have been restarted meanwhile, and then knows nothing of us.
    if (login)
        (void)listener_.send(TerminalRecorded{entry.terminal, entry.user, entry.host, entry.uid, session.pid});
    else
        (void)listener_.send(TerminalForgotten{entry.terminal});
}

// Our master closes, so that the last one is sshd-net's.
void Sessions::give_up_terminal(Session& session)
{
    if (!session.pty)
        return;
    if (session.recorded)
        record(session, false);
    if (is_root())
        (void)take_back_pty(session.pty->name);
    session.pty.reset();
}

} // namespace nacre
