#include "server/session_channels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/table.h"
#include "base/text.h"
#include "connection/channel_requests.h"
#include "server/global_replies.h"
#include "sftp/flight_depth.h"

namespace nacre {
namespace {

constexpr Duration quiet_for = std::chrono::milliseconds{20};

// A program usually ends right after its output, and some clients (dropbear's, PuTTY's) hang up at the end of data
// without waiting for the status that follows: the end is held back this long for the status to go first.
constexpr Duration status_may_follow = std::chrono::milliseconds{100};

std::string kind_of_channel(ProgramKind program, std::string_view subsystem)
{
    switch (program) {
    case ProgramKind::shell: return "session:shell";
    case ProgramKind::command: return "session:command";
    case ProgramKind::subsystem: break;
    }
    return fmt::format("session:subsystem:{}", subsystem);
}

} // namespace

struct SessionChannels::Row {
    std::string_view name;
    Result<void> (SessionChannels::*handler)(ChannelId, Session&, const Requested&);
};

const SessionChannels::Row* SessionChannels::find_request(std::string_view name)
{
    static constexpr std::array rows{
        Row{StandardAgentRequest::name, &SessionChannels::on_agent},
        Row{AgentRequest::name, &SessionChannels::on_agent},
        Row{BreakRequest::name, &SessionChannels::on_break},
        Row{EndOfWrite::name, &SessionChannels::on_end_of_write},
        Row{EnvRequest::name, &SessionChannels::on_variable},
        Row{ExecRequest::name, &SessionChannels::on_command},
        Row{PtyRequest::name, &SessionChannels::on_terminal},
        Row{ShellRequest::name, &SessionChannels::on_shell},
        Row{SignalRequest::name, &SessionChannels::on_signal},
        Row{SubsystemRequest::name, &SessionChannels::on_subsystem},
        Row{WindowChange::name, &SessionChannels::on_window_change},
        Row{X11Request::name, &SessionChannels::on_display},
    };
    return find_by_name(rows, name);
}

// ---- from the peer -----------------------------------------------------------------------

Result<void> SessionChannels::opened_by_peer(ChannelId channel)
{
    auto& session = channels_[channel.value];
    session.id = next_id_++;
    session.replies.push_back({});
    channel_by_id_[session.id] = channel.value;
    return monitor_.send(OpenSession{session.id});
}

Result<void> SessionChannels::on(const Requested& request)
{
    auto found = channels_.find(request.channel.value);
    if (found == channels_.end()) {
        connection_.answer(request.channel, false);
        return {};
    }
    auto& session = found->second;
    log_.debug1("session channel {} req {} reply {}", request.channel.value, printable(request.request),
                request.want_reply == WantReply::yes ? 1 : 0);
    bool is_starting = session.program == ProgramState::starting;
    auto admission = session.held.admit(request, session.replies.size(), is_starting);
    if (admission == Admission::too_many)
        return peer_misbehaved(std::string{HeldRequests::too_many});
    if (admission == Admission::left_out) {
        if (!std::exchange(session.told_of_left_out, true))
            log_.info("Ignoring {} requests and what follows: {}", printable(request.request.substr(0, 64)), HeldRequests::too_many);
        return {};
    }
    // The window of a program that starts may change as often as it likes: nothing is kept of that.
    bool is_news = request.request == WindowChange::name && request.want_reply == WantReply::no;
    if (is_starting && !(is_news && session.held.count() == 0))
        return session.held.add(request, session.early_data.size());
    return handle(session, request);
}

Result<void> SessionChannels::handle(Session& session, const Requested& request)
{
    auto* row = find_request(request.request);
    if (!row)
        return refuse(request.channel, session, request);
    return (this->*row->handler)(request.channel, session, request);
}

// What was held, until another program starts.
Result<void> SessionChannels::hand_on(ChannelId channel, Session& session)
{
    while (session.program != ProgramState::starting && session.held.count() > 0) {
        auto held = session.held.take();
        TRY(handle(session, {channel, held.request, held.want_reply, held.details}));
    }
    return {};
}

void SessionChannels::on(const DataArrived& data)
{
    auto found = channels_.find(data.channel.value);
    bool waits = found != channels_.end() && found->second.program != ProgramState::ended && data.stream == Stream::data;
    if (waits)
        found->second.early_data.append(data.data);               // bounded by the channel's window
    else
        connection_.data_consumed(data.channel, data.data.size());
}

void SessionChannels::on(const PeerFinished& finished)
{
    if (auto found = channels_.find(finished.channel.value); found != channels_.end())
        found->second.early_end = true;
}

// Nobody hears the program any more, but its status is still sent.
void SessionChannels::closed_by_peer(ChannelId channel)
{
    auto found = channels_.find(channel.value);
    if (found == channels_.end() || !found->second.endpoint)
        return;
    found->second.endpoint->stop_reading();
    found->second.sources_finished = true;
    review_soon(channel, found->second, Duration::zero());
}

void SessionChannels::on(const Closed& closed)
{
    auto traffic = driver_.traffic(closed.channel);
    driver_.detach(closed.channel);
    auto found = channels_.find(closed.channel.value);
    if (found == channels_.end())
        return;
    SessionGone gone{found->second.id, traffic.in + found->second.early_bytes, traffic.out};
    forget(closed.channel.value);
    (void)monitor_.send(gone);                                    // without a monitor the connection ends anyway
}

void SessionChannels::forget(std::uint32_t channel)
{
    auto found = channels_.find(channel);
    channel_by_id_.erase(found->second.id);
    channels_.erase(found);
}

std::size_t SessionChannels::waiting() const
{
    auto waits = [](auto& entry) { return entry.second.program == ProgramState::none; };
    return static_cast<std::size_t>(std::ranges::count_if(channels_, waits));
}

template <Message M>
Result<void> SessionChannels::ask(Session& session, const Requested& request, const M& question)
{
    session.replies.push_back({request.want_reply == WantReply::yes, std::nullopt, 0});
    return monitor_.send(question);
}

Result<void> SessionChannels::refuse(ChannelId channel, Session& session, const Requested& request)
{
    session.replies.push_back({request.want_reply == WantReply::yes, false, 0});
    answer_in_order(channel, session);
    return {};
}

Result<void> SessionChannels::on_terminal(ChannelId, Session& session, const Requested& request)
{
    auto pty = TRY(decode<PtyRequest>(request.details));
    return ask(session, request,
               AskTerminal{session.id, pty.term, pty.columns, pty.rows, pty.width_pixels, pty.height_pixels, pty.modes});
}

Result<void> SessionChannels::on_variable(ChannelId channel, Session& session, const Requested& request)
{
    auto variable = TRY(decode<EnvRequest>(request.details));
    if (variable.variable.size() + variable.value.size() > session_limits::variable) {
        log_.info("Ignoring env request {}: longer than {} bytes", printable(variable.variable.substr(0, 64)),
                  session_limits::variable);
        return refuse(channel, session, request);
    }
    return ask(session, request, AskVariable{session.id, variable.variable, variable.value});
}

Result<void> SessionChannels::on_shell(ChannelId channel, Session& session, const Requested& request)
{
    TRY(decode<ShellRequest>(request.details));
    return ask_for_program(channel, session, request, ProgramKind::shell, {});
}

Result<void> SessionChannels::on_command(ChannelId channel, Session& session, const Requested& request)
{
    auto exec = TRY(decode<ExecRequest>(request.details));
    return ask_for_program(channel, session, request, ProgramKind::command, exec.command);
}

Result<void> SessionChannels::on_subsystem(ChannelId channel, Session& session, const Requested& request)
{
    auto subsystem = TRY(decode<SubsystemRequest>(request.details));
    return ask_for_program(channel, session, request, ProgramKind::subsystem, subsystem.subsystem);
}

// RFC 4254 §6.5: "Only one of these requests can succeed per channel."  Another may follow one that was refused: where
// there is no subsystem for files, clients go on with a command on the same channel.
Result<void> SessionChannels::ask_for_program(ChannelId channel, Session& session, const Requested& request,
                                              ProgramKind kind, std::string_view command)
{
    if (command.size() > session_limits::command) {
        log_.info("refusing a command that is longer than {} bytes", session_limits::command);
        return refuse(channel, session, request);
    }
    if (session.program != ProgramState::none)
        return refuse(channel, session, request);
    session.program = ProgramState::starting;
    session.kind = kind_of_channel(kind, command);
    return ask(session, request, AskProgram{session.id, kind, command});
}

// The monitor does not answer this news; a client that wants an answer nonetheless (RFC 4254 §6.7) gets it from us.
Result<void> SessionChannels::on_window_change(ChannelId channel, Session& session, const Requested& request)
{
    auto size = TRY(decode<WindowChange>(request.details));
    TRY(monitor_.send(WindowChanged{session.id, size.columns, size.rows, size.width_pixels, size.height_pixels}));
    if (request.want_reply == WantReply::no)
        return {};
    session.replies.push_back({true, true, 0});
    answer_in_order(channel, session);
    return {};
}

Result<void> SessionChannels::on_signal(ChannelId, Session& session, const Requested& request)
{
    auto signal = TRY(decode<SignalRequest>(request.details));
    return ask(session, request, AskSignal{session.id, signal.signal});
}

Result<void> SessionChannels::on_break(ChannelId, Session& session, const Requested& request)
{
    auto wanted = TRY(decode<BreakRequest>(request.details));
    return ask(session, request, AskBreak{session.id, wanted.milliseconds});
}

// Whether there is a display or an agent is known only once sshd-user listens; other answers may overtake that one.
std::uint32_t SessionChannels::expect_out_of_order(Session& session, const Requested& request)
{
    auto ticket = next_ticket_;
    next_ticket_ = next_ticket_ + 1 == GlobalReplies::first_ticket ? 1 : next_ticket_ + 1;
    session.replies.push_back({request.want_reply == WantReply::yes, std::nullopt, ticket});
    return ticket;
}

Result<void> SessionChannels::on_display(ChannelId, Session& session, const Requested& request)
{
    auto x11 = TRY(decode<X11Request>(request.details));
    auto ticket = expect_out_of_order(session, request);
    return monitor_.send(AskDisplay{ticket, session.id, x11.single_connection, x11.protocol, x11.cookie, x11.screen});
}

Result<void> SessionChannels::on_agent(ChannelId, Session& session, const Requested& request)
{
    TRY(decode<AgentRequest>(request.details));                   // by either name
    auto ticket = expect_out_of_order(session, request);
    session.replies.back().standard_agent = request.request == StandardAgentRequest::name;
    return monitor_.send(AskAgent{ticket, session.id});
}

// The client reads no more: the program hears of it when it writes.
Result<void> SessionChannels::on_end_of_write(ChannelId channel, Session& session, const Requested& request)
{
    TRY(decode<EndOfWrite>(request.details));
    if (session.endpoint) {
        session.endpoint->stop_reading();
        session.sources_finished = true;
        review_soon(channel, session, Duration::zero());
    }
    session.replies.push_back({request.want_reply == WantReply::yes, true, 0});
    answer_in_order(channel, session);
    return {};
}

void SessionChannels::answer_in_order(ChannelId channel, Session& session)
{
    while (!session.replies.empty() && session.replies.front().outcome) {
        auto reply = session.replies.front();
        session.replies.pop_front();
        if (reply.wanted)
            connection_.answer(channel, *reply.outcome);
    }
}

// ---- from the monitor --------------------------------------------------------------------

std::optional<ChannelId> SessionChannels::channel_of(std::uint32_t id) const
{
    auto found = channel_by_id_.find(id);
    return found == channel_by_id_.end() ? std::nullopt : std::optional{ChannelId{found->second}};
}

std::deque<SessionChannels::Reply>::iterator SessionChannels::oldest_open(Session& session)
{
    return std::ranges::find_if(session.replies, [](auto& reply) { return !reply.outcome && reply.ticket == 0; });
}

// The session whose oldest open question has just been answered.  Null: the channel is gone meanwhile.
Result<SessionChannels::Session*> SessionChannels::session_asked(std::optional<ChannelId> channel)
{
    if (!channel)
        return nullptr;
    auto& session = channels_[channel->value];
    if (oldest_open(session) == session.replies.end())
        return bad_input("the monitor answered what was not asked");
    return &session;
}

Result<void> SessionChannels::on(const SessionAnswer& answer)
{
    auto place = channel_of(answer.session);
    auto* session = TRY(session_asked(place));
    if (!session)
        return {};
    auto channel = *place;
    if (!std::exchange(session->accepted, true)) {
        session->replies.pop_front();
        if (answer.granted) {
            connection_.accept(channel);
            answer_in_order(channel, *session);                   // to what was asked before this
            return {};
        }
        connection_.refuse(channel, OpenFailure::resource_shortage, "open failed");
        forget(channel.value);
        return {};
    }
    oldest_open(*session)->outcome = answer.granted;
    answer_in_order(channel, *session);
    return {};
}

Result<void> SessionChannels::on(const ForwardAnswer& answer)
{
    for (auto& [channel, session] : channels_)
        for (auto& reply : session.replies)
            if (reply.ticket == answer.ticket && !reply.outcome) {
                reply.outcome = answer.granted;
                if (answer.granted && reply.standard_agent)
                    has_standard_agent_ = *reply.standard_agent;
                answer_in_order({channel}, session);
                return {};
            }
    return {};                                                    // its channel is gone meanwhile
}

Result<void> SessionChannels::on(const ProgramRunning& running, std::vector<Fd> fds)
{
    auto place = channel_of(running.session);
    auto* session = TRY(session_asked(place));
    if (!session)
        return {};                                                // the descriptors close, which ends the program
    auto channel = *place;
    session->program = running.granted ? ProgramState::running : ProgramState::none;
    oldest_open(*session)->outcome = running.granted;
    answer_in_order(channel, *session);
    if (!running.granted) {
        expect_another_program(channel, *session);
        return hand_on(channel, *session);
    }
    session->terminal = running.terminal;
    if (fds.size() != (running.terminal ? 2U : 3U))
        return bad_input("the monitor sent another number of descriptors than a program has");
    attach(channel, *session, std::move(fds));
    return hand_on(channel, *session);
}

// What has come before the next was asked for was meant for the one that was refused.
void SessionChannels::expect_another_program(ChannelId channel, Session& session)
{
    session.kind = "session";
    auto in_vain = session.held.take_data_in_vain(session.early_data.size());
    session.early_data.consume(in_vain);
    connection_.data_consumed(channel, in_vain);
}

void SessionChannels::attach(ChannelId channel, Session& session, std::vector<Fd> fds)
{
    EndpointFds ends;
    ends.sink = std::move(fds[0]);
    ends.source = std::move(fds[1]);
    if (!session.terminal)
        ends.stderr_source = std::move(fds[2]);
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(ends));
    session.endpoint = endpoint.get();
    endpoint->on_sources_finished = [this, channel, &session] {
        session.sources_finished = true;
        review_soon(channel, session, session.program == ProgramState::ended ? Duration::zero() : status_may_follow);
    };
    if (session.terminal)
        endpoint->filter_source([&session](MutableBytes, std::size_t count) {
            session.collected += count;
            return count;
        });
    driver_.attach(channel, std::move(endpoint), ConnectionDriver::AtEnd::owner_finishes);
    timeouts_.attached(channel, session.kind);
    if (session.kind == kind_of_channel(ProgramKind::subsystem, "sftp"))
        connection_.widen(channel, sftp::first_depth);
    if (!session.terminal)
        connection_.hold_close(channel);                          // a terminal's program is hung up instead
    if (!session.early_data.empty()) {
        session.early_bytes = session.early_data.size();
        session.endpoint->deliver(Stream::data, session.early_data.data());
        session.endpoint->flush();
        session.early_data.consume(session.early_data.size());
        session.early_data.release();
    }
    if (session.early_end)
        session.endpoint->peer_finished();
}

Result<void> SessionChannels::on(const ProgramEnded& ended)
{
    auto channel = channel_of(ended.session);
    if (!channel)
        return {};
    auto& session = channels_[channel->value];
    if (session.program != ProgramState::running)
        return bad_input("the monitor reported the end of a program that does not run");
    session.program = ProgramState::ended;
    session.ending = {ended.status, std::string{ended.signal}, ended.core_dumped};
    review(*channel);
    return {};
}

// ---- the end -----------------------------------------------------------------------------

void SessionChannels::review_soon(ChannelId channel, Session& session, Duration after)
{
    session.review = loop_.at(loop_.now() + after, [this, channel] {
        review(channel);
        driver_.advance();
    });
}

// The channel is over once the program has ended and its output has been read to the end.  A terminal may be held open
// by what the program left in the background: then it is over when it has become quiet.
void SessionChannels::review(ChannelId channel)
{
    auto found = channels_.find(channel.value);
    if (found == channels_.end() || !connection_.is_open(channel))
        return;
    auto& session = found->second;
    if (session.program != ProgramState::ended) {
        if (session.sources_finished)
            connection_.finish(channel);                          // it runs on, but nobody will hear from it
        return;
    }
    if (session.sources_finished) {
        finish(channel, session);
        return;
    }
    if (!session.terminal)
        return;
    bool quiet = session.review && session.collected == session.collected_before
                 && !connection_.data_space(channel, Stream::data, 1).empty();
    if (quiet) {
        session.endpoint->stop_reading();
        finish(channel, session);
        return;
    }
    session.collected_before = session.collected;
    review_soon(channel, session, quiet_for);
}

void SessionChannels::finish(ChannelId channel, Session& session)
{
    auto& ending = session.ending;
    if (ending.signal.empty())
        connection_.request(channel, ExitStatusRequest{ending.status}, WantReply::no);
    else
        connection_.request(channel, ExitSignalRequest{ending.signal, ending.core_dumped, {}, {}}, WantReply::no);
    connection_.finish(channel);
    connection_.close(channel);
}

} // namespace nacre
