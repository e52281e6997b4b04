// PRIVILEGED: sshd-session, root, one for each connection.
#include "server/privileged/monitor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/distinct.h"
#include "base/text.h"
#include "os/memory.h"
#include "server/client_habits.h"
#include "server/privileged/start_network_process.h"

namespace nacre {
namespace {

constexpr std::array asked_at_any_time{LogLine::number, KeysAgreed::number, SignExchange::number};

// sshd-net escapes what the peer wrote; this only makes sure that it stays one line.
std::string one_line(std::string_view text)
{
    std::string line{text};
    std::ranges::replace_if(line, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return line;
}

} // namespace

struct Monitor::Row {
    MessageNumber number;
    Result<void> (Monitor::*handler)(Bytes);
};

const Monitor::Row* Monitor::find_row(MessageNumber number)
{
    static constexpr std::array rows{
        Row{WhoIs::number, &Monitor::on_who_is},
        Row{TryNone::number, &Monitor::to_login<TryNone>},
        Row{MayUseKey::number, &Monitor::to_login<MayUseKey>},
        Row{CheckSignature::number, &Monitor::to_login<CheckSignature>},
        Row{CheckHostbased::number, &Monitor::to_login<CheckHostbased>},
        Row{CheckPassword::number, &Monitor::to_login<CheckPassword>},
        Row{StartPrompts::number, &Monitor::to_login<StartPrompts>},
        Row{AnswerPrompts::number, &Monitor::on_stray_answers},
        Row{StartGssapi::number, &Monitor::to_login<StartGssapi>},
        Row{StepGssapi::number, &Monitor::to_login<StepGssapi>},
        Row{CheckMic::number, &Monitor::to_login<CheckMic>},
        Row{SignExchange::number, &Monitor::on_sign_exchange},
        Row{Confined::number, &Monitor::on_confined},
        Row{LogLine::number, &Monitor::on_log_line},
        Row{KeysAgreed::number, &Monitor::on_keys_agreed},
        Row{Farewell::number, &Monitor::on_farewell},
        Row{NetworkEnded::number, &Monitor::on_network_ended},
        Row{OpenSession::number, &Monitor::to_sessions<OpenSession>},
        Row{AskTerminal::number, &Monitor::to_sessions<AskTerminal>},
        Row{AskVariable::number, &Monitor::to_sessions<AskVariable>},
        Row{AskProgram::number, &Monitor::to_sessions<AskProgram>},
        Row{WindowChanged::number, &Monitor::to_sessions<WindowChanged>},
        Row{AskSignal::number, &Monitor::to_sessions<AskSignal>},
        Row{AskBreak::number, &Monitor::to_sessions<AskBreak>},
        Row{SessionGone::number, &Monitor::to_sessions<SessionGone>},
        Row{AskTcp::number, &Monitor::to_forwardings<AskTcp>},
        Row{AskUnix::number, &Monitor::to_forwardings<AskUnix>},
        Row{AskTunnel::number, &Monitor::to_forwardings<AskTunnel>},
        Row{AskTcpListener::number, &Monitor::to_forwardings<AskTcpListener>},
        Row{AskUnixListener::number, &Monitor::to_forwardings<AskUnixListener>},
        Row{CancelTcpListener::number, &Monitor::to_forwardings<CancelTcpListener>},
        Row{CancelUnixListener::number, &Monitor::to_forwardings<CancelUnixListener>},
        Row{AskDisplay::number, &Monitor::to_forwardings_of_session<AskDisplay>},
        Row{AskAgent::number, &Monitor::to_forwardings_of_session<AskAgent>},
        Row{ArrivalSettled::number, &Monitor::to_forwardings<ArrivalSettled>},
        Row{ProveHostKeys::number, &Monitor::on_prove_host_keys},
    };
    static_assert(all_differ(rows, &Row::number));
    auto* row = std::ranges::find(rows, number, &Row::number);
    return row == rows.end() ? nullptr : row;
}

Result<void> Monitor::hand_on(MessageNumber number, Bytes payload)
{
    auto* row = find_row(number);
    if (!row)                                                     // the question table has one that this table lacks
        return peer_misbehaved("a question that nobody answers");
    return (this->*row->handler)(payload);
}

Monitor::Monitor(EventLoop& loop, const MonitorWorld& world, const ConnectionInfo& connection, MessageSocket network)
    : loop_(loop), startup_(world.startup), connection_(connection), network_(std::move(network)),
      listener_(world.listener), title_(world.title), log_(world.log),
      login_(world.startup, world.search_times, connection, network_,
             [this](std::string_view instruction, std::vector<Prompt> prompts) {
                 return ask_peer(instruction, std::move(prompts));
             },
             world.log),
      began_(loop.now())
{
}

int Monitor::run()
{
    network_watch_ = loop_.watch(network_.fd(), {.readable = true}, [this](Ready) { network_ready(); });
    // Not to die of them before PAM's session is closed and the records are written.
    for (int signal : {SIGTERM, SIGHUP, SIGINT})
        end_watches_.push_back(loop_.on_signal(signal, [this] { end("terminated", Because::signal); }));
    loop_.run();
    tell_end({.cause = events::DisconnectCause::terminated, .text = "the event loop ended"});
    sessions_.reset();
    forwardings_.reset();
    user_.reset();
    if (login_.is_done()) {
        login_.passwords().close_session();
        login_.remove_tickets();
        (void)listener_.send(PamSessionClosed{});
    }
    if (!login_.is_done() && end_ != LoginEnd::crash && end_ != LoginEnd::died)
        end_ = login_.end_without_success();
    part_from_network();
    // Before its cage is shut sshd-net hears no client: whatever ended it, and us, is nobody's fault but ours.
    return static_cast<int>(is_confined_ ? end_ : LoginEnd::error);
}

Phase Monitor::phase() const
{
    if (login_.is_done())
        return Phase::logged_in;
    return login_.has_user() ? Phase::authenticating : Phase::nobody;
}

void Monitor::network_ready()
{
    auto message = network_.receive();
    if (!message || !*message)
        return network_died(std::nullopt);
    auto handled = handle((*message)->payload);
    network_.forget();
    while (handled && waiting_) {
        auto payload = *std::exchange(waiting_, std::nullopt);
        handled = handle(payload);
        wipe(payload);
    }
    if (!handled && handled.error().os_error == EPIPE)
        return;                                                   // who asked is gone: what is still to be read says how
    if (!handled) {
        end_ = LoginEnd::error;
        auto kind = handled.error().kind;
        bool is_ours = kind == ErrorKind::system || kind == ErrorKind::bad_input;
        end(handled.error().what, is_ours ? Because::trouble : Because::rule);
    }
}

// By its zygote's word; nothing: that one is gone, too, which is nobody's fault.
void Monitor::network_died(std::optional<NetworkEnded> how)
{
    has_network_ = false;
    auto text = how && how->signal != 0 ? fmt::format(" (signal {})", how->signal) : std::string{};
    tell_end({.level = LogLevel::error, .cause = events::DisconnectCause::network_process_died, .text = std::move(text)});
    end_ = how ? login_end_by_signal(static_cast<int>(how->signal)) : LoginEnd::error;
    loop_.stop();
}

Result<void> Monitor::on_network_ended(Bytes payload)
{
    auto end = TRY(decode<NetworkEnded>(payload));
    network_died(end);
    return {};
}

// Of a connection that has ended: nothing of it is left when this process ends.
void Monitor::part_from_network()
{
    if (!has_network_)
        return;
    network_watch_.reset();
    auto ended = await_end(network_);
    if (!ended || (ended->signal == 0 && ended->code == 0))
        return;
    if (ended->signal != 0 && !ended->overdue)
        end_ = login_end_by_signal(static_cast<int>(ended->signal));
    log_.error("sshd-net ended with {} {}", ended->signal != 0 ? "signal" : "status",
               ended->signal != 0 ? ended->signal : ended->code);
}

Result<void> Monitor::handle(Bytes payload)
{
    MessageNumber number{payload[0]};
    bool was_done = login_.is_done();
    TRY(counts_.admit(number, phase()));
    if (login_.has_failed_too_often() && is_of_login(number))
        return not_permitted("more attempts than MaxAuthTries");
    TRY(hand_on(number, payload));
    if (!was_done && login_.is_done())
        return logged_in();
    return {};
}

template <Message M>
Result<void> Monitor::to_login(Bytes payload)
{
    auto question = TRY(decode<M>(payload));
    return login_.on(question);
}

template <Message M>
Result<void> Monitor::to_sessions(Bytes payload)
{
    auto question = TRY(decode<M>(payload));
    return sessions_->on(question);
}

template <Message M>
Result<void> Monitor::to_forwardings(Bytes payload)
{
    auto question = TRY(decode<M>(payload));
    return forwardings_->on(question);
}

template <Message M>
Result<void> Monitor::to_forwardings_of_session(Bytes payload)
{
    auto question = TRY(decode<M>(payload));
    if (!sessions_->has(question.session))                        // refused; the client has not waited to hear of it
        return network_.send(ForwardAnswer{question.ticket, false, 0});
    return forwardings_->on(question);
}

Result<void> Monitor::on_who_is(Bytes payload)
{
    if (!have_session_id_)
        return peer_misbehaved("monitor: a login before the first key exchange");
    TRY(to_login<WhoIs>(payload));
    title_.set(login_.known_user() + " [priv]");
    return {};
}

// ---- log ---------------------------------------------------------------------------------

Result<void> Monitor::on_confined(Bytes payload)
{
    auto report = TRY(decode<Confined>(payload));
    is_confined_ = true;
    log_.debug1("sshd-net is confined: {}", one_line(report.achieved));
    if (!report.not_done.empty())
        log_.debug1("sshd-net is not confined by: {}", one_line(report.not_done));
    return {};
}

Result<void> Monitor::on_log_line(Bytes payload)
{
    auto line = TRY(decode<LogLine>(payload));
    auto level = static_cast<LogLevel>(std::min<std::uint8_t>(line.level, static_cast<std::uint8_t>(LogLevel::debug3)));
    if (!log_.wants(level) || !line_budget_.spend(loop_.now()))
        return {};
    if (auto left_out = line_budget_.take_left_out(); left_out > 0)
        log_.error("sshd-net of {} said too much: {} lines were left out", described_peer(), left_out);
    log_.say(level, "{}{}", one_line(line.text), login_.is_done() ? "" : " [preauth]");
    return {};
}

Result<void> Monitor::on_keys_agreed(Bytes payload)
{
    auto keys = TRY(decode<KeysAgreed>(payload));
    if (keys.first)
        names_link_first_ = names_link_first(keys.client_version, startup_.config.global().version_addendum);
    if (!line_budget_.spend(loop_.now()))
        return {};
    log_.tell(events::KeysExchanged{
        keys.first, std::string{keys.client_version}, std::string{keys.kex}, std::string{keys.host_key_algorithm},
        std::string{keys.cipher_in}, std::string{keys.mac_in}, std::string{keys.compression_in},
        std::string{keys.cipher_out}, std::string{keys.mac_out}, std::string{keys.compression_out}});
    return {};
}

std::string Monitor::described_peer() const
{
    return log_.context().described_peer(login_.is_done());
}

namespace {

struct EndRow {
    Ending ending;
    events::DisconnectCause cause;
    LogLevel level = LogLevel::info;
    LoginEnd end = LoginEnd::fine;
};
using enum events::DisconnectCause;
constexpr std::array endings{
    EndRow{Ending::closed_by_peer, closed_by_peer},
    EndRow{Ending::reset_by_peer, reset_by_peer},
    EndRow{Ending::disconnected_by_peer, disconnected_by_peer},
    EndRow{Ending::no_common_algorithm, no_common_algorithm},
    EndRow{Ending::bad_version, bad_version},
    EndRow{Ending::went_silent, went_silent},
    EndRow{Ending::unused, unused},
    EndRow{Ending::by_us, by_us},
    EndRow{Ending::protocol_error, protocol_error, LogLevel::error, LoginEnd::error},
};

} // namespace

Result<void> Monitor::on_farewell(Bytes payload)
{
    auto farewell = TRY(decode<Farewell>(payload));
    auto* row = std::ranges::find(endings, farewell.ending, &EndRow::ending);
    if (row == endings.end())
        return peer_misbehaved("monitor: an unknown way to end");
    end_ = row->end;
    if (!login_.is_done())
        login_.log_held_back();
    events::Disconnected event{.level = row->level, .cause = row->cause, .text = std::string{farewell.text}};
    if (row->cause == disconnected_by_peer)
        event.code = farewell.reason;
    event.bytes_in = farewell.bytes_in;
    event.bytes_out = farewell.bytes_out;
    tell_end(std::move(event));
    loop_.stop();
    return {};
}

void Monitor::tell_end(events::Disconnected event)
{
    if (std::exchange(told_end_, true))
        return;
    event.is_logged_in = login_.is_done();
    event.milliseconds = events::milliseconds(loop_.now() - began_);
    log_.tell(event);
}

// ---- login -------------------------------------------------------------------------------

// Announced before, so that one in whose middle this process is killed is closed, too.
void Monitor::open_pam_session()
{
    auto session = login_.passwords().session_to_open();
    if (session)
        (void)listener_.send(*session);
    login_.passwords().tell_modules(login_.auth_info());
    login_.store_tickets();
    auto opened = login_.passwords().open_session();
    if (opened)
        return;
    if (session)
        (void)listener_.send(PamSessionClosed{});
    log_.error("PAM: {}", printable(opened.error().what));
    login_.session_failed();
}

Result<void> Monitor::logged_in()
{
    ::alarm(0);                                                   // the login came in time
    (void)listener_.send(LoginDone{});                            // the listener may have been restarted meanwhile
    open_pam_session();
    give_back_free_memory();                                      // of the login, whose work was heavier than what follows
    user_.emplace(
        loop_, [this](ReceivedMessage message) { return on_user_news(std::move(message)); },
        [this](std::string why) { end(why, Because::trouble); });
    forwardings_.emplace(login_, network_, *user_, log_);
    sessions_.emplace(startup_, connection_, login_, network_, listener_, *user_, *forwardings_, names_link_first_, log_);
    log_.debug1("User child is starting for {}", printable(login_.account().name));
    return user_->start(session_fd::user_program, login_);
}

Result<void> Monitor::on_user_news(ReceivedMessage message)
{
    auto handled = hand_on_news(std::move(message));
    if (!handled && handled.error().os_error == EPIPE)
        return {};                                                // who was told is gone: that one's own socket says how
    return handled;
}

Result<void> Monitor::hand_on_news(ReceivedMessage message)
{
    switch (message.number().value) {
    case BecameUser::number.value: {
        auto news = TRY(decode<BecameUser>(message.payload));
        return sessions_->on(news);
    }
    case ProgramStarted::number.value: {
        auto news = TRY(decode<ProgramStarted>(message.payload));
        return sessions_->on(news, std::move(message.fds));
    }
    case ProgramExited::number.value: {
        auto news = TRY(decode<ProgramExited>(message.payload));
        return sessions_->on(news);
    }
    case Connected::number.value: {
        auto news = TRY(decode<Connected>(message.payload));
        return forwardings_->on(news, message.fds);
    }
    case Listening::number.value: {
        auto news = TRY(decode<Listening>(message.payload));
        return forwardings_->on(news);
    }
    case Arrived::number.value: {
        auto news = TRY(decode<Arrived>(message.payload));
        return forwardings_->on(news, message.fds);
    }
    default:
        return peer_misbehaved(fmt::format("message {} from the user's process", message.number().value));
    }
}

// PAM waits in the middle of its own work, so this waits too.  A peer that begins another method has given up; what it
// asked instead is handled afterwards.
Result<std::vector<SecretBytes>> Monitor::ask_peer(std::string_view instruction, std::vector<Prompt> prompts)
{
    Prompts message{.title = {}, .instruction = instruction, .prompts = {std::move(prompts)}};
    TRY(network_.send(message));
    for (;;) {
        auto received = TRY(network_.receive());
        if (!received)
            return system_failure("sshd-net is gone");
        auto number = received->number();
        // What may come at any time is no answer, and does not mean that there will be none.
        auto* at_any_time = std::ranges::find(asked_at_any_time, number);
        if (at_any_time != asked_at_any_time.end()) {
            TRY(counts_.admit(number, phase()));
            TRY(hand_on(number, received->payload));
            continue;
        }
        if (number != AnswerPrompts::number) {
            waiting_ = to_vector(received->payload);
            return not_permitted("the prompts were abandoned");
        }
        TRY(counts_.admit(number, phase()));
        auto given = TRY(decode<AnswerPrompts>(received->payload));
        std::vector<SecretBytes> answers;
        for (auto& answer : given.answers.items)
            answers.push_back(SecretBytes::copy_of(answer.text));
        return answers;
    }
}

void Monitor::end(const std::string& why, Because because)
{
    tell_end({.level = LogLevel::error,
              .cause = because == Because::signal ? events::DisconnectCause::terminated : events::DisconnectCause::ended_by_monitor,
              .text = why});
    auto told = because == Because::trouble ? std::string{"the server cannot go on; its log says why"} : why;
    (void)network_.send(EndConnection{static_cast<std::uint32_t>(DisconnectReason::by_application), told});
    loop_.stop();
}

} // namespace nacre
