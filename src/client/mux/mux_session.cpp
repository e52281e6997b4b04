#include "client/mux/mux_session.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "client/advice.h"
#include "client/session_limits.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "connection/terminal_modes.h"
#include "os/system_error.h"
#include "os/terminal.h"

namespace nacre {
namespace {

constexpr std::uint32_t break_length = 1000;                      // milliseconds
constexpr int failed_status = 255;

} // namespace

MuxSession::MuxSession(EventLoop& loop, ConnectionDriver& driver, Connection& connection, Log& log, MuxSessionWish wish,
                       std::vector<Fd> streams, Callbacks callbacks)
    : loop_(loop), driver_(driver), connection_(connection), log_(log), wish_(std::move(wish)), given_(std::move(streams)),
      callbacks_(std::move(callbacks))
{
}

Result<void> MuxSession::open()
{
    streams_ = TRY(open_streams(given_[0].number(), given_[1].number(), given_[2].number()));
    voice_ = TRY(open_independently(given_[2].number(), true));
    // A subsystem's begins with a larger window than a session that was opened for nobody knows what.
    auto spare = wish_.is_subsystem ? std::nullopt : callbacks_.take_spare();
    auto runs = wish_.is_subsystem ? SessionRuns::subsystem : SessionRuns::anything_else;
    channel_ = spare ? *spare : connection_.open(SessionChannel{}, limits_of_session(runs));
    has_channel_ = true;
    if (spare)
        on_opened();
    return {};
}

std::string MuxSession::describe() const
{
    auto what = wish_.is_subsystem ? "subsystem " : wish_.command.empty() ? "shell" : "command ";
    return fmt::format("session, {}{}{}", what, printable(wish_.command), has_tty_ ? ", terminal" : "");
}

void MuxSession::on_opened()
{
    if (wish_.x11) {
        auto cookie = to_hex(wish_.x11->fake.bytes());
        connection_.request(channel_, X11Request{false, wish_.x11->protocol, cookie, wish_.x11->display.screen},
                            WantReply::yes);
        unanswered_.push_back(Ask::x11);
    }
    if (wish_.agent)
        connection_.request(channel_, AgentRequest{}, WantReply::no);
    if (wish_.tty)
        ask_for_terminal();
    for (auto& line : wish_.environment) {
        auto equals = line.find('=');
        if (equals == std::string::npos || equals == 0)
            continue;
        auto whole = std::string_view{line};
        connection_.request(channel_, EnvRequest{whole.substr(0, equals), whole.substr(equals + 1)}, WantReply::no);
    }
    ask_for_program();
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(streams_));
    endpoint->on_source_failed = [this](const Error& why) {
        // A terminal that has hung up is an end, and of a directory nobody expects anything.
        if (!is_terminal(given_[0].number()) && why.os_error != EISDIR)
            stream_failed("standard input", why);
    };
    endpoint->on_sink_failed = [this](Stream which, const Error& why) {
        if (which != Stream::data)
            return;
        stream_failed("output", why);
        end_ = loop_.at(loop_.now(), [this] { abandon("its output goes nowhere", StatusHeard::is_void); });
    };
    if (wish_.tty && wish_.escape) {
        escapes_.emplace(*wish_.escape, [this](EscapeCommand command) { typed_command(command); });
        auto filter = [this](MutableBytes space, std::size_t count) {
            return tty_refused_ ? count : escapes_->filter(space, count);
        };
        endpoint->filter_source(filter, FdEndpoint::Heard::at_once);
    }
    if (wish_.tty && wish_.pacer)
        wish_.pacer->pace(*endpoint);
    driver_.attach(channel_, std::move(endpoint));
    callbacks_.opened(channel_.value);
}

WindowSize MuxSession::size() const { return window_size(given_[0].number()).value_or(WindowSize{}); }

void MuxSession::ask_for_terminal()
{
    auto size = size_told_ = this->size();
    auto modes = encode_terminal_modes(terminal_modes_of(given_[0].number()).value_or(TerminalModes{}));
    connection_.request(channel_,
                        PtyRequest{.term = wish_.term,
                                   .columns = size.columns,
                                   .rows = size.rows,
                                   .width_pixels = size.width_pixels,
                                   .height_pixels = size.height_pixels,
                                   .modes = modes},
                        WantReply::yes);
    unanswered_.push_back(Ask::terminal);
}

void MuxSession::ask_for_program()
{
    if (wish_.is_subsystem)
        connection_.request(channel_, SubsystemRequest{wish_.command}, WantReply::yes);
    else if (!wish_.command.empty())
        connection_.request(channel_, ExecRequest{wish_.command}, WantReply::yes);
    else
        connection_.request(channel_, ShellRequest{}, WantReply::yes);
    unanswered_.push_back(Ask::program);
}

void MuxSession::on_refused(std::string_view why)
{
    if (auto spare = callbacks_.take_spare()) {                   // which may have been one too many
        channel_ = *spare;
        on_opened();
        return;
    }
    has_channel_ = false;
    auto tell = std::move(callbacks_.refused);                    // which destroys us
    tell(std::string{why});
}

void MuxSession::on_answer(bool success)
{
    if (unanswered_.empty())
        return;
    auto asked = unanswered_.front();
    unanswered_.pop_front();
    if (asked == Ask::x11 && !success)
        log_.info("X11 forwarding request failed on channel {}", channel_.value);
    if (asked == Ask::terminal) {
        has_tty_ = success;
        if (!success) {
            tty_refused_ = true;
            log_.info("PTY allocation request failed on channel {}", channel_.value);
            callbacks_.tty_refused(channel_.value);
        } else if (size() != size_told_) {                        // changed while the answer was on its way
            window_changed();
        }
    }
    if (asked == Ask::program && !success) {
        auto what = wish_.is_subsystem ? "subsystem" : wish_.command.empty() ? "shell" : "exec";
        show(fmt::format("{} request failed on channel {}\r\n", what, channel_.value));
        if (wish_.is_subsystem)
            show(advice_on_subsystem(wish_.command) + "\r\n");
        connection_.close(channel_);
    }
}

void MuxSession::on_request(const Requested& event)
{
    bool known = true;
    if (auto exit = decode<ExitStatusRequest>(event.details); exit && event.request == ExitStatusRequest::name) {
        status_ = static_cast<int>(exit->status & 0xff);
    } else if (auto killed = decode<ExitSignalRequest>(event.details); killed && event.request == ExitSignalRequest::name) {
        log_.verbose("The remote command was killed by signal {}", printable(killed->signal));
        status_ = failed_status;
    } else if (event.request == EndOfWrite::name) {
        if (auto* ours = static_cast<FdEndpoint*>(driver_.endpoint(channel_)))
            ours->stop_reading();
        connection_.finish(channel_);
    } else {
        known = false;
    }
    log_.debug1("client_input_channel_req: channel {} rtype {} reply {}", channel_.value, printable(event.request),
                event.want_reply == WantReply::yes ? 1 : 0);
    if (event.want_reply == WantReply::yes)
        connection_.answer(channel_, known);
}

void MuxSession::window_changed()
{
    if (!has_channel_ || !has_tty_)
        return;
    auto size = size_told_ = this->size();
    connection_.request(channel_, WindowChange{size.columns, size.rows, size.width_pixels, size.height_pixels},
                        WantReply::no);
}

void MuxSession::close()
{
    if (!has_channel_)
        return;
    (void)driver_.detach(channel_);
    connection_.close(channel_);                                  // nothing, while it is not open: see MuxMaster
    driver_.advance();
}

// OpenSSH's server answers a CLOSE only when the program has ended, and one that hangs never does.
void MuxSession::abandon(std::string_view why, StatusHeard heard)
{
    auto* ours = has_channel_ ? static_cast<FdEndpoint*>(driver_.endpoint(channel_)) : nullptr;
    if (!ours)
        return;                                                   // not begun, or over as it is
    log_.debug1("channel {}: given up: {}", channel_.value, why);
    bool counts = heard == StatusHeard::counts && ours->delivered_all();
    status_ = counts ? status_.value_or(failed_status) : failed_status;
    if (!driver_.is_over())                                       // else the endpoint may be the one that found out
        close();
    over();
}

// The number may be used anew at once; what came before is still to be delivered.
void MuxSession::on_closed()
{
    has_channel_ = false;
    last_ = driver_.detach(channel_);
    if (!last_) {
        over();
        return;
    }
    auto* ours = static_cast<FdEndpoint*>(last_.get());
    ours->outlive_channel();
    if (ours->delivered_all())
        over();
    else
        ours->on_drained = [this] { over(); };
}

void MuxSession::over()
{
    if (std::exchange(is_over_, true))
        return;
    if (stream_has_failed_)
        callbacks_.exited(channel_.value, failed_status);
    else if (status_)
        callbacks_.exited(channel_.value, *status_);
    callbacks_.over();
}

// As in the master's own session; but the descriptors stay open in the client, so that the session has to end for whoever
// waits for the end of its output.
void MuxSession::stream_failed(std::string_view which, const Error& why)
{
    show(fmt::format("{}: {}\r\n", which, os_error_text(why.os_error)));
    stream_has_failed_ = true;
}

// ---- escapes -----------------------------------------------------------------------------

// Called in the middle of a packet being filled: nothing may be sent now.
void MuxSession::typed_command(EscapeCommand command)
{
    commands_.push_back(command);
    if (!soon_)
        soon_ = loop_.at(loop_.now(), [this] { obey_commands(); });
}

void MuxSession::obey_commands()
{
    auto done = std::move(soon_);
    for (auto command : std::exchange(commands_, {}))
        obey(command);
    driver_.advance();
}

void MuxSession::obey(EscapeCommand command)
{
    switch (command) {
    case EscapeCommand::disconnect:
        show(".\r\n");
        abandon("the person wants no more of it", StatusHeard::is_void);   // of this session; others go on
        break;
    case EscapeCommand::rekey:
        callbacks_.rekey();
        break;
    case EscapeCommand::send_break:
        connection_.request(channel_, BreakRequest{break_length}, WantReply::no);
        break;
    case EscapeCommand::louder:
    case EscapeCommand::quieter:
        show(fmt::format("[LogLevel {}]\r\n", callbacks_.change_level(command == EscapeCommand::louder ? 1 : -1)));
        break;
    case EscapeCommand::help:
        show(escapes_ ? escapes_->help() : "");
        break;
    case EscapeCommand::list_forwards:
        show("The following connections are open:\r\n");
        for (auto& line : callbacks_.connections())
            show(fmt::format("  {}\r\n", line));
        break;
    case EscapeCommand::show_connection:
        for (auto& line : callbacks_.connection_info())
            show(line + "\r\n");
        break;
    case EscapeCommand::suspend:
    case EscapeCommand::background:
    case EscapeCommand::open_command_line:
        show("[not available in a session of a shared connection]\r\n");
        break;
    }
}

// What the client's terminal does not take at once is lost; nobody waits for it.
void MuxSession::show(std::string_view text)
{
    auto bytes = as_bytes(text);
    (void)(voice_.is_socket ? send_some(voice_.fd.number(), {&bytes, 1}) : write_some(voice_.fd.number(), bytes));
}

} // namespace nacre
