#include "client/terminal_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/pattern.h"
#include "base/text.h"
#include "client/session_limits.h"
#include "connection/channel_kinds.h"
#include "connection/global_requests.h"
#include "os/environment.h"
#include "os/signals.h"
#include "os/system_error.h"

namespace nacre {
namespace {

constexpr int failed_status = 255;

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

std::string terminal_type(const ClientOptions& options, const std::optional<std::string>& own)
{
    auto set = std::ranges::find(options.set_env, "TERM", &Variable::name);
    return set != options.set_env.end() && !set->value.empty() ? set->value : own.value_or("");
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
    streams_ = TRY(open_streams(reads_no_input(options_) ? -1 : 0, 1, 2));
    return {};
}

Result<void> TerminalSession::open(When when)
{
    TRY(prepare_streams());
    bool is_subsystem = plan_.kind == SessionPlan::Kind::subsystem;
    channel_ = connection_.open(SessionChannel{},
                                limits_of_session(is_subsystem ? SessionRuns::subsystem : SessionRuns::anything_else));
    if (!plan_.others_may_follow) {                               // behind the one that is meant
        log_.debug1("the server is told that no more sessions will follow");
        connection_.global_request(NoMoreSessions::name, {}, WantReply::no);
    }
    if (when == When::early) {
        connection_.presume_peer_number(channel_, PeerChannelId{0});
        ask_for_everything();
    }
    return {};
}

void TerminalSession::ask_for_everything()
{
    if (requests_)
        return;
    SessionWish wish{.kind = plan_.kind,
                     .command = plan_.command,
                     .agent = plan_.forwards_agent,
                     .x11 = x11_,
                     .environment = variables_to_send(options_, Environment::of_this_process().lines())};
    if (plan_.wants_tty)
        wish.terminal = {.type = terminal_type(options_, environment_variable("TERM")),
                         .size = terminal_.size(),
                         .modes = terminal_.encoded_modes()};
    requests_.emplace(driver_, connection_, log_, channel_, wish);
}

bool TerminalSession::on(const Opened& event)
{
    if (event.channel != channel_)
        return false;
    ask_for_everything();
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(streams_));
    endpoint->on_source_failed = [this](const Error& why) {
        // A terminal that has hung up is an end, and of a directory nobody expects anything.
        if (!terminal_.is_there() && why.os_error != EISDIR)
            stream_failed("standard input", why);
    };
    endpoint->on_sink_failed = [this](Stream which, const Error& why) {
        if (which != Stream::data)
            return;
        stream_failed("output", why);
        (void)replace_by_null_device(1);                          // no more comes, and whoever reads there is to know
    };
    if (plan_.wants_tty && options_.escape_char) {
        escapes_.emplace(*options_.escape_char, [this](EscapeCommand command) { typed_command(command); });
        if (callbacks_.command)
            escapes_->take_lines([this](char typed) { return typed_text(typed); });
        auto filter = [this](MutableBytes space, std::size_t count) { return escapes_->filter(space, count); };
        endpoint->filter_source(filter, FdEndpoint::Heard::at_once);
    }
    if (auto* pacer = plan_.wants_tty ? callbacks_.pacer() : nullptr)
        pacer->pace(*endpoint);
    driver_.attach(channel_, std::move(endpoint));
    return true;
}

Result<bool> TerminalSession::on(const OpenRefused& event)
{
    if (event.channel != channel_)
        return false;
    return not_permitted(fmt::format("channel {}: open failed: {}", event.channel.value, printable(event.description)));
}

Result<bool> TerminalSession::on(const RequestAnswered& event)
{
    if (event.channel != channel_ || !requests_)
        return false;
    using Asked = SessionRequests::Asked;
    auto asked = requests_->answered();
    if (asked == Asked::terminal && event.success)
        use_terminal();
    if (!asked || event.success)
        return true;
    bool insists = options_.request_tty == RequestTty::yes || options_.request_tty == RequestTty::force;
    program_is_refused_ = asked == Asked::program;
    if (program_is_refused_ || (asked == Asked::terminal && insists))
        return not_permitted(requests_->refusal(*asked));
    log_.info("{}", requests_->refusal(*asked));
    return true;
}

void TerminalSession::use_terminal()
{
    has_tty_ = true;
    terminal_.enter_raw();
    window_watch_ = loop_.on_signal(SIGWINCH, [this] { window_changed(); });
    if (terminal_.size() != requests_->size_told())               // while the answer was on its way
        window_changed();
}

void TerminalSession::window_changed()
{
    requests_->tell_size(terminal_.size());
    driver_.advance();
}

bool TerminalSession::on(const Requested& event)
{
    if (event.channel != channel_ || !requests_)
        return false;
    requests_->hear(event);
    return true;
}

bool TerminalSession::on(const Closed& event)
{
    if (event.channel != channel_)
        return false;
    // The number may be used anew at once, by somebody who shares the connection.
    channel_ = no_channel;
    if (requests_)
        requests_->closed();
    is_closed_ = true;
    window_watch_.reset();
    last_ = driver_.detach(event.channel);
    when_delivered(last_.get(), [this] { callbacks_.ended(status()); });
    return true;
}

void TerminalSession::finish_output(std::function<void()> done)
{
    auto* ours = static_cast<FdEndpoint*>(last_.get());
    if (!ours || ours->delivered_all())
        return done();
    ours->on_drained = std::move(done);
}

// Whatever the program says of itself: some of its input or output is missing, and whoever asks for our status must know.
void TerminalSession::stream_failed(std::string_view which, const Error& why)
{
    log_.error("{}: {}", which, os_error_text(why.os_error));
    stream_has_failed_ = true;
}

bool TerminalSession::has_delivered_all() const
{
    auto* ours = last_ ? static_cast<FdEndpoint*>(last_.get()) : endpoint();
    return !ours || ours->delivered_all();
}

int TerminalSession::status() const
{
    return stream_has_failed_ || !requests_ ? failed_status : requests_->status().value_or(failed_status);
}

int TerminalSession::status_heard() const { return has_delivered_all() ? status() : failed_status; }

FdEndpoint* TerminalSession::endpoint() const { return static_cast<FdEndpoint*>(driver_.endpoint(channel_)); }

// ---- escapes -----------------------------------------------------------------------------

// Called in the middle of a packet being filled: nothing may be sent now.
void TerminalSession::typed_command(EscapeCommand command)
{
    if (command == EscapeCommand::open_command_line && callbacks_.command) {
        if (auto* ours = endpoint())
            ours->hold_output(true);                              // or the program would write into the line
        terminal_.show("\r\nssh> ");
        line_.emplace([this](std::string_view text) { terminal_.show(text); });
        return;
    }
    commands_.push_back(command);
    if (!soon_)
        soon_ = loop_.at(loop_.now(), [this] { obey_commands(); });
}

void TerminalSession::obey_commands()
{
    auto done = std::move(soon_);
    for (auto command : std::exchange(commands_, {}))
        obey(command);
    for (auto& line : std::exchange(lines_, {}))
        callbacks_.command(std::move(line));
    if (auto* ours = endpoint(); ours && !line_)
        ours->hold_output(false);
    driver_.advance();
}

void TerminalSession::obey(EscapeCommand command)
{
    switch (command) {
    case EscapeCommand::disconnect:
        terminal_.show(".\r\n");
        callbacks_.disconnect();
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
        requests_->send_break();
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
    case EscapeCommand::list_forwards:
        list_connections();
        break;
    case EscapeCommand::show_connection:
        for (auto& line : callbacks_.connection_info())
            terminal_.show(line + "\r\n");
        break;
    case EscapeCommand::background:
        callbacks_.background();
        break;
    case EscapeCommand::open_command_line:
        show_line("the command line is switched off (EnableEscapeCommandline)");
        break;
    }
}

void TerminalSession::change_level(int by)
{
    log_.change_level(by);
    show_line(fmt::format("LogLevel {}", name_of(log_.level())));
}

void TerminalSession::list_connections()
{
    terminal_.show("The following connections are open:\r\n");
    terminal_.show(fmt::format("  #{} session\r\n", channel_.value));
    for (auto& line : callbacks_.connections())
        terminal_.show(fmt::format("  {}\r\n", line));
}

// In the middle of a packet being filled: a complete line is obeyed in the next round.
bool TerminalSession::typed_text(char typed)
{
    auto state = line_->type(typed);
    if (state == TypedLine::State::typing)
        return true;
    if (state == TypedLine::State::complete)
        lines_.push_back(line_->take());
    line_.reset();
    if (!soon_)
        soon_ = loop_.at(loop_.now(), [this] { obey_commands(); });
    return false;
}

void TerminalSession::run_aside(const std::function<void()>& action)
{
    terminal_.leave_raw();
    action();
    terminal_.enter_raw();
}

// As if the person had typed Ctrl-D: a shell ends, and what it has started may go on.
void TerminalSession::abandon()
{
    constexpr std::uint8_t control_d = 'D' & 0x1f;
    leave_raw();
    window_watch_.reset();
    driver_.detach(channel_);
    if (has_tty_)
        (void)connection_.write(channel_, Stream::data, Bytes{&control_d, 1});
    connection_.finish(channel_);
}

void TerminalSession::show_line(std::string_view text) { terminal_.show(fmt::format("[{}]\r\n", text)); }

} // namespace nacre
