#include "client/terminal_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/pattern.h"
#include "base/text.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "connection/global_requests.h"
#include "os/environment.h"

namespace nacre {
namespace {

constexpr std::uint32_t break_length = 1000;                      // milliseconds

} // namespace

std::vector<Variable> variables_to_send(const ClientOptions& options, const std::vector<std::string>& own)
{
    std::vector<Variable> variables;
    for (auto& line : own) {
        auto equals = line.find('=');
        if (equals == std::string::npos || options.send_env.empty())
            continue;
        auto name = std::string_view{line}.substr(0, equals);
        bool wanted = std::ranges::any_of(options.send_env, [&](auto& pattern) { return matches_pattern(name, pattern); });
        if (wanted)
            variables.push_back({std::string{name}, line.substr(equals + 1)});
    }
    variables.insert(variables.end(), options.set_env.begin(), options.set_env.end());
    return variables;
}

TerminalSession::TerminalSession(EventLoop& loop, ConnectionDriver& driver, Connection& connection,
                                 const Configuration& configuration, SessionPlan plan, ClientLog& log,
                                 Callbacks callbacks)
    : loop_(loop), driver_(driver), connection_(connection), options_(configuration.options()), plan_(std::move(plan)),
      log_(log), callbacks_(std::move(callbacks))
{
}

// Opened before anything may fork or detach, so that they are the streams we were started with.
Result<void> TerminalSession::prepare_streams()
{
    if (!options_.stdin_null)
        streams_.source = TRY(open_independently(0, false));
    streams_.sink = TRY(open_independently(1, true));
    streams_.stderr_sink = TRY(open_independently(2, true));
    return {};
}

Result<void> TerminalSession::open()
{
    TRY(prepare_streams());
    channel_ = connection_.open(SessionChannel{});
    connection_.global_request(NoMoreSessions::name, {}, WantReply::no);   // behind the one that is meant
    return {};
}

void TerminalSession::on(const Opened& event)
{
    if (event.channel != channel_)
        return;
    if (plan_.wants_tty)
        ask_for_terminal();
    if (plan_.forwards_agent)
        connection_.request(channel_, AgentRequest{}, WantReply::no);
    send_environment();
    ask_for_program();
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(streams_));
    if (plan_.wants_tty && terminal_.is_there() && options_.escape_char) {
        escapes_.emplace(*options_.escape_char, [this](EscapeCommand command) { typed_command(command); });
        endpoint->filter_source([this](MutableBytes space, std::size_t count) { return escapes_->filter(space, count); });
    }
    driver_.attach(channel_, std::move(endpoint));
}

void TerminalSession::ask_for_terminal()
{
    auto size = terminal_.size();
    auto modes = terminal_.encoded_modes();
    auto type = terminal_.type();
    connection_.request(channel_,
                        PtyRequest{.term = type,
                                   .columns = size.columns,
                                   .rows = size.rows,
                                   .width_pixels = size.width_pixels,
                                   .height_pixels = size.height_pixels,
                                   .modes = modes},
                        WantReply::yes);
    unanswered_.push_back(Ask::terminal);
}

void TerminalSession::send_environment()
{
    for (auto& variable : variables_to_send(options_, Environment::of_this_process().lines())) {
        log_.debug1("channel {}: setting env {}", channel_.value, printable(variable.name));
        connection_.request(channel_, EnvRequest{variable.name, variable.value}, WantReply::no);
    }
}

void TerminalSession::ask_for_program()
{
    switch (plan_.kind) {
    case SessionPlan::Kind::command:
        log_.debug1("Sending command: {}", printable(plan_.command));
        connection_.request(channel_, ExecRequest{plan_.command}, WantReply::yes);
        break;
    case SessionPlan::Kind::subsystem:
        log_.debug1("Sending subsystem: {}", printable(plan_.command));
        connection_.request(channel_, SubsystemRequest{plan_.command}, WantReply::yes);
        break;
    default:
        connection_.request(channel_, ShellRequest{}, WantReply::yes);
        break;
    }
    unanswered_.push_back(Ask::program);
}

Result<void> TerminalSession::on(const OpenRefused& event)
{
    if (event.channel != channel_)
        return {};
    return not_permitted(fmt::format("channel {}: open failed: {}", event.channel.value, printable(event.description)));
}

Result<void> TerminalSession::on(const RequestAnswered& event)
{
    if (event.channel != channel_ || unanswered_.empty())
        return {};
    auto asked = unanswered_.front();
    unanswered_.pop_front();
    if (asked == Ask::terminal) {
        if (event.success)
            use_terminal();
        else
            log_.info("PTY allocation request failed on channel {}", channel_.value);
        return {};
    }
    if (event.success)
        return {};
    auto what = plan_.kind == SessionPlan::Kind::command     ? "exec"
                : plan_.kind == SessionPlan::Kind::subsystem ? "subsystem"
                                                             : "shell";
    return not_permitted(fmt::format("{} request failed on channel {}", what, channel_.value));
}

void TerminalSession::use_terminal()
{
    has_tty_ = true;
    terminal_.enter_raw();
    window_watch_ = loop_.on_signal(SIGWINCH, [this] { window_changed(); });
}

void TerminalSession::window_changed()
{
    auto size = terminal_.size();
    connection_.request(channel_, WindowChange{size.columns, size.rows, size.width_pixels, size.height_pixels},
                        WantReply::no);
    driver_.advance();
}

void TerminalSession::on(const Requested& event)
{
    bool known = false;
    if (event.channel == channel_) {
        if (event.request == ExitStatusRequest::name) {
            if (auto exit = decode<ExitStatusRequest>(event.details)) {
                status_ = static_cast<int>(exit->status & 0xff);
                known = true;
            }
        } else if (event.request == ExitSignalRequest::name) {
            if (auto exit = decode<ExitSignalRequest>(event.details)) {
                log_.verbose("The remote command was killed by signal {}{}", printable(exit->signal),
                             exit->core_dumped ? ", core dumped" : "");
                status_ = 255;
                known = true;
            }
        } else if (event.request == EndOfWrite::name) {
            if (auto* ours = endpoint())
                ours->stop_reading();
            connection_.finish(channel_);
            known = true;
        }
    }
    log_.debug1("channel {}: request {}{}", event.channel.value, printable(event.request),
                event.want_reply == WantReply::yes ? ", wants a reply" : "");
    if (event.want_reply == WantReply::yes)
        connection_.answer(event.channel, known);
}

void TerminalSession::on(const Closed& event)
{
    if (event.channel != channel_)
        return;
    auto* ours = endpoint();
    if (!ours) {
        delivered();
        return;
    }
    ours->stop_reading();
    ours->flush();
    ours->peer_finished();
    if (ours->delivered_all())
        delivered();
    else
        ours->on_drained = [this] { delivered(); };
}

void TerminalSession::delivered() { callbacks_.ended(status_); }

FdEndpoint* TerminalSession::endpoint() { return static_cast<FdEndpoint*>(driver_.endpoint(channel_)); }

// ---- escapes -----------------------------------------------------------------------------

// Called in the middle of a packet being filled: nothing may be sent now.
void TerminalSession::typed_command(EscapeCommand command)
{
    commands_.push_back(command);
    if (!soon_)
        soon_ = loop_.at(loop_.now(), [this] { obey_commands(); });
}

void TerminalSession::obey_commands()
{
    auto done = std::move(soon_);
    for (auto command : std::exchange(commands_, {}))
        obey(command);
    driver_.advance();
}

void TerminalSession::obey(EscapeCommand command)
{
    if (!is_available(command)) {
        show_line("that escape is not supported yet");
        return;
    }
    switch (command) {
    case EscapeCommand::disconnect:
        terminal_.show(".\r\n");
        status_ = 255;
        delivered();
        break;
    case EscapeCommand::suspend:
        terminal_.show("^Z [suspend ssh]\r\n");
        terminal_.suspend();
        window_changed();
        break;
    case EscapeCommand::rekey:
        callbacks_.rekey();
        break;
    case EscapeCommand::send_break:
        show_line("sending BREAK");
        connection_.request(channel_, BreakRequest{break_length}, WantReply::no);
        break;
    case EscapeCommand::louder:
        change_level(1);
        break;
    case EscapeCommand::quieter:
        change_level(-1);
        break;
    case EscapeCommand::help:
        terminal_.show(escapes_->help());
        break;
    default:
        break;
    }
}

void TerminalSession::change_level(int by)
{
    auto level = std::clamp(static_cast<int>(log_.level()) + by, static_cast<int>(LogLevel::quiet),
                            static_cast<int>(LogLevel::debug3));
    log_.set_level(static_cast<LogLevel>(level));
    show_line(fmt::format("LogLevel {}", name_of(log_.level())));
}

void TerminalSession::show_line(std::string_view text) { terminal_.show(fmt::format("[{}]\r\n", text)); }

} // namespace nacre
