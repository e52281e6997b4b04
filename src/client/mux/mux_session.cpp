#include "client/mux/mux_session.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "client/advice.h"
#include "client/session_limits.h"
#include "connection/channel_kinds.h"
#include "connection/terminal_modes.h"
#include "os/system_error.h"
#include "os/terminal.h"

namespace nacre {
namespace {

constexpr int failed_status = 255;

} // namespace

MuxSession::MuxSession(MuxWorld& world, MuxSessionWish wish, std::vector<Fd> streams, Callbacks callbacks)
    : world_(world), wish_(std::move(wish)), given_(std::move(streams)), callbacks_(std::move(callbacks))
{
}

Result<void> MuxSession::open()
{
    streams_ = TRY(open_streams(given_[0].number(), given_[1].number(), given_[2].number()));
    voice_ = TRY(open_independently(given_[2].number(), true));
    // A subsystem's begins with a larger window than a session that was opened for nobody knows what.
    bool is_subsystem = wish_.session.kind == SessionPlan::Kind::subsystem;
    auto spare = is_subsystem ? std::nullopt : world_.spare.take();
    auto runs = is_subsystem ? SessionRuns::subsystem : SessionRuns::anything_else;
    channel_ = spare ? *spare : world_.connection.open(SessionChannel{}, limits_of_session(runs));
    has_channel_ = true;
    if (spare)
        on_opened();
    return {};
}

std::string MuxSession::describe() const
{
    auto what = wish_.session.kind == SessionPlan::Kind::subsystem ? "subsystem "
                : wish_.session.kind == SessionPlan::Kind::command ? "command "
                                                                   : "shell";
    return fmt::format("session, {}{}{}", what, printable(wish_.session.command), has_tty_ ? ", terminal" : "");
}

WindowSize MuxSession::size() const { return window_size(given_[0].number()).value_or(WindowSize{}); }

void MuxSession::ask_for_everything()
{
    if (auto& terminal = wish_.session.terminal) {
        terminal->size = size();
        terminal->modes = encode_terminal_modes(terminal_modes_of(given_[0].number()).value_or(TerminalModes{}));
    }
    requests_.emplace(world_.driver, world_.connection, world_.log, channel_, wish_.session);
}

void MuxSession::on_opened()
{
    ask_for_everything();
    auto endpoint = std::make_unique<FdEndpoint>(world_.loop, std::move(streams_));
    endpoint->on_source_failed = [this](const Error& why) {
        // A terminal that has hung up is an end, and of a directory nobody expects anything.
        if (!is_terminal(given_[0].number()) && why.os_error != EISDIR)
            stream_failed("standard input", why);
    };
    endpoint->on_sink_failed = [this](Stream which, const Error& why) {
        if (which != Stream::data)
            return;
        stream_failed("output", why);
        end_ = world_.loop.at(world_.loop.now(), [this] { abandon("its output goes nowhere", StatusHeard::is_void); });
    };
    if (wish_.session.terminal && wish_.escape) {
        escapes_.emplace(*wish_.escape, [this](EscapeCommand command) { typed_command(command); });
        auto filter = [this](MutableBytes space, std::size_t count) {
            return tty_refused_ ? count : escapes_->filter(space, count);
        };
        endpoint->filter_source(filter, FdEndpoint::Heard::at_once);
    }
    if (wish_.session.terminal && world_.pacer)
        world_.pacer->pace(*endpoint);
    world_.driver.attach(channel_, std::move(endpoint));
    callbacks_.opened(channel_.value);
}

void MuxSession::on_refused(std::string_view why)
{
    if (auto spare = world_.spare.take()) {                       // which may have been one too many
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
    using Asked = SessionRequests::Asked;
    auto asked = requests_->answered();
    if (asked == Asked::terminal)
        has_tty_ = success;
    if (has_tty_ && asked == Asked::terminal && size() != requests_->size_told())
        window_changed();                                         // while the answer was on its way
    if (!asked || success)
        return;
    auto refusal = requests_->refusal(*asked);
    if (asked != Asked::program)
        world_.log.info("{}", refusal);
    if (asked == Asked::terminal) {
        tty_refused_ = true;
        callbacks_.tty_refused(channel_.value);
    }
    if (asked == Asked::program) {
        show(refusal + "\r\n");
        if (wish_.session.kind == SessionPlan::Kind::subsystem)
            show(advice_on_subsystem(wish_.session.command) + "\r\n");
        world_.connection.close(channel_);
    }
}

void MuxSession::on_request(const Requested& event) { requests_->hear(event); }

void MuxSession::window_changed()
{
    if (!has_channel_ || !has_tty_)
        return;
    requests_->tell_size(size());
}

void MuxSession::close()
{
    if (!has_channel_)
        return;
    (void)world_.driver.detach(channel_);
    world_.connection.close(channel_);                            // nothing, while it is not open: see MuxMaster
    world_.driver.advance();
}

// OpenSSH's server answers a CLOSE only when the program has ended, and one that hangs never does.
void MuxSession::abandon(std::string_view why, StatusHeard heard)
{
    auto* ours = has_channel_ ? static_cast<FdEndpoint*>(world_.driver.endpoint(channel_)) : nullptr;
    if (!ours)
        return;                                                   // not begun, or over as it is
    world_.log.debug1("channel {}: given up: {}", channel_.value, why);
    bool counts = heard == StatusHeard::counts && ours->delivered_all();
    has_failed_ = has_failed_ || !counts || !requests_->status();
    if (!world_.driver.is_over())                                 // else the endpoint may be the one that found out
        close();
    over();
}

// The number may be used anew at once; what came before is still to be delivered.
void MuxSession::on_closed()
{
    has_channel_ = false;
    requests_->closed();
    last_ = world_.driver.detach(channel_);
    when_delivered(last_.get(), [this] { over(); });
}

void MuxSession::over()
{
    if (std::exchange(is_over_, true))
        return;
    auto status = has_failed_ ? failed_status : requests_->status();
    if (status)                                                   // OpenSSH's client takes no second one
        callbacks_.exited(channel_.value, *status);
    callbacks_.over();
}

// As in the master's own session; but the descriptors stay open in the client, so that the session has to end for whoever
// waits for the end of its output.
void MuxSession::stream_failed(std::string_view which, const Error& why)
{
    show(fmt::format("{}: {}\r\n", which, os_error_text(why.os_error)));
    has_failed_ = true;
}

// ---- escapes -----------------------------------------------------------------------------

// Called in the middle of a packet being filled: nothing may be sent now.
void MuxSession::typed_command(EscapeCommand command)
{
    commands_.push_back(command);
    if (!soon_)
        soon_ = world_.loop.at(world_.loop.now(), [this] { obey_commands(); });
}

void MuxSession::obey_commands()
{
    auto done = std::move(soon_);
    for (auto command : std::exchange(commands_, {}))
        obey(command);
    world_.driver.advance();
}

void MuxSession::obey(EscapeCommand command)
{
    switch (command) {
    case EscapeCommand::disconnect:
        show(".\r\n");
        abandon("the person wants no more of it", StatusHeard::is_void);   // of this session; others go on
        break;
    case EscapeCommand::rekey:
        world_.rekey();
        break;
    case EscapeCommand::send_break:
        requests_->send_break();
        break;
    case EscapeCommand::louder:
    case EscapeCommand::quieter:
        world_.log.change_level(command == EscapeCommand::louder ? 1 : -1);
        show(fmt::format("[LogLevel {}]\r\n", name_of(world_.log.level())));
        break;
    case EscapeCommand::help:
        show(escapes_ ? escapes_->help() : "");
        break;
    case EscapeCommand::list_forwards:
        show("The following connections are open:\r\n");
        for (auto& line : world_.channels())
            show(fmt::format("  {}\r\n", line));
        break;
    case EscapeCommand::show_connection:
        for (auto& line : world_.connection_info())
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
