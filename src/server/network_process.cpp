#include "server/network_process.h"

#include <fmt/format.h>

#include <cerrno>
#include <limits>

#include "base/text.h"
#include "connection/channel_kinds.h"
#include "connection/global_requests.h"
#include "keys/public_key.h"
#include "messages/connection.h"
#include "messages/transport.h"
#include "os/memory.h"
#include "os/privileges.h"
#include "server/client_habits.h"
#include "session/event.h"

namespace nacre {
namespace {

constexpr std::array<std::uint8_t, 4> empty_string{};             // with its length, RFC 4251 §5

constexpr std::size_t longest_description = 1024;                 // of the peer's, for the log

TransportSettings transport_settings(const NetworkSettings& settings, GroupSource* groups)
{
    TransportSettings result;
    result.version_line = settings.version_line;
    result.proposal = {settings.kex_methods, settings.host_key_algorithms, settings.ciphers, settings.macs,
                       settings.compressions};
    result.rekey = {settings.rekey_bytes, Seconds{settings.rekey_seconds}};
    result.required_rsa_bits = settings.required_rsa_bits;
    result.host_keys = settings.host_keys.items;
    result.server_sig_algs = settings.server_sig_algs;
    result.forwards_agents = true;
    result.groups = groups;
    return result;
}

Ending ending_of(const Error& why)
{
    switch (why.kind) {
    case ErrorKind::system:
        return why.os_error == ECONNRESET || why.os_error == EPIPE ? Ending::reset_by_peer : Ending::closed_by_peer;
    case ErrorKind::incompatible:
        return why.reason == DisconnectReason::protocol_version_not_supported ? Ending::bad_version
                                                                              : Ending::no_common_algorithm;
    case ErrorKind::not_permitted:
        return Ending::by_us;
    default:
        return Ending::protocol_error;
    }
}

} // namespace

NetworkProcess::NetworkProcess(EventLoop& loop, MessageSocket& monitor, const NetworkSettings& settings,
                               GroupSource* groups, Random& random, NetworkLog& log)
    : loop_(loop), monitor_(monitor), log_(log), session_(transport_settings(settings, groups), random, log, loop.now()),
      host_keys_(settings.host_keys.items), tells_of_keys_(settings.tells_of_keys)
{
}

void NetworkProcess::run(Link link)
{
    session_.transport().time_passed(loop_.now());
    driver_.emplace(loop_, std::move(link), session_.transport(), session_.connection(), *this, log_);
    timeouts_.emplace(loop_, *driver_,
                      [this](ChannelId channel, const std::string& kind) { channel_timed_out(channel, kind); });
    replies_.emplace(session_.connection());
    sessions_.emplace(loop_, monitor_, session_.connection(), *driver_, *timeouts_, log_);
    forwardings_.emplace(loop_, monitor_, session_.connection(), *driver_, *timeouts_, *replies_, log_);
    monitor_watch_ = loop_.watch(monitor_.fd(), {.readable = true}, [this](Ready) { monitor_ready(); });
    monitor_.send_by(loop_);
    driver_->start();
    if (!driver_->is_over())
        loop_.run();
    monitor_.send_rest();
}

Result<void> NetworkProcess::drain()
{
    while (!driver_->is_over()) {
        auto event = TRY(session_.next());
        if (!event) {
            watch_for_use();
            choose_traffic_class();
            return {};
        }
        TRY(std::visit([this](auto& e) { return on(e); }, *event));
    }
    return {};
}

void NetworkProcess::ended(const Error& why)
{
    auto text = why.what;
    Farewell farewell{ending_of(why), static_cast<std::uint32_t>(why.reason), {}, 0, 0};
    bool is_no_ssh = session_.transport().peer_version().empty() && why.kind == ErrorKind::peer_misbehaved;
    if (farewell_) {
        farewell = *farewell_;
        text = farewell_text_;
    } else if (is_no_ssh) {
        farewell.ending = Ending::bad_version;
        text = "invalid format: " + why.what;
    }
    farewell.text = text;
    farewell.bytes_in = session_.transport().bytes_received();
    farewell.bytes_out = session_.transport().bytes_sent();
    (void)monitor_.send(farewell);
    monitor_.send_rest();
    monitor_watch_.reset();                                       // it has no more to say, and waits for us to end
    if (!driver_->see_off([this] { loop_.stop(); }))
        loop_.stop();
}

// ---- events of the session ---------------------------------------------------------------

Result<void> NetworkProcess::on(const SignatureQuestion& question)
{
    return monitor_.send(SignExchange{question.algorithm, question.host_key, question.data});
}

Result<void> NetworkProcess::on(const KeysInUse& keys)
{
    auto* agreed = session_.transport().agreed();
    if (names_asked_port(session_.transport().peer_version()))
        forwardings_->name_asked_ports();
    // The log may not want it, but whoever starts an SFTP server for such a client does.
    bool is_wanted = tells_of_keys_ || (keys.first && names_link_first(session_.transport().peer_version(), {}));
    if (!is_wanted || !agreed)
        return {};
    auto& in = agreed->client_to_server;
    auto& out = agreed->server_to_client;
    return monitor_.send(KeysAgreed{keys.first, keys.first ? session_.transport().peer_version() : std::string_view{},
                                    agreed->kex->name, agreed->host_key_algorithm, in.cipher->name, in.mac ? in.mac->name : std::string_view{},
                                    in.compression->name, out.cipher->name,
                                    out.mac ? out.mac->name : std::string_view{}, out.compression->name});
}

Result<void> NetworkProcess::on(const AuthQuestion& question)
{
    return std::visit([this](auto& q) { return monitor_.send(q); }, question);
}

Result<void> NetworkProcess::on(const PeerLeft& left)
{
    farewell_text_ = left.description.substr(0, longest_description);
    farewell_ = Farewell{Ending::disconnected_by_peer, left.reason, {}, 0, 0};
    driver_->end(Error{ErrorKind::system, "the peer left", DisconnectReason::connection_lost, 0});
    return {};
}

Result<void> NetworkProcess::on(const Authenticated&)
{
    give_back_free_memory();                                      // of the key exchange, whose work was heavier than what follows
    is_logged_in_ = true;
    if (auto lifted = lift_soft_limit(0, Limit::data); !lifted)
        log_.error("memory stays bounded: {}", lifted.error().what);
    std::vector<ChannelTimeout> rules;
    for (auto& term : terms_.channel_timeouts.items)
        rules.push_back({term.type, Seconds{term.seconds}});
    timeouts_->set_rules(std::move(rules));
    watch_for_life();
    announce_host_keys();
    return {};
}

Result<void> NetworkProcess::on(const OpenRequested& request)
{
    log_.debug1("server_input_channel_open: ctype {}", printable(request.kind));
    if (request.kind == SessionChannel::name) {
        if (no_more_sessions_)
            return not_permitted("Possible attack: attempt to open a session after additional sessions disabled");
        return sessions_->opened_by_peer(request.channel);
    }
    auto is_known = TRY(forwardings_->opened_by_peer(request));
    if (!is_known)
        session_.connection().refuse(request.channel, OpenFailure::unknown_channel_type, "unknown channel type");
    return {};
}

Result<void> NetworkProcess::on(const Opened& opened)
{
    forwardings_->on(opened);
    return {};
}

Result<void> NetworkProcess::on(const OpenRefused& refused)
{
    forwardings_->on(refused);
    return {};
}

Result<void> NetworkProcess::on(const DataArrived& data)
{
    if (!driver_->handle(data))
        sessions_->on(data);
    return {};
}

Result<void> NetworkProcess::on(const RoomToSend& room)
{
    driver_->handle(room);
    return {};
}

Result<void> NetworkProcess::on(const PeerFinished& finished)
{
    if (!driver_->handle(finished))
        sessions_->on(finished);
    if (session_.connection().is_closed_by_peer(finished.channel))
        sessions_->closed_by_peer(finished.channel);
    forwardings_->on(finished);
    return {};
}

Result<void> NetworkProcess::on(const Closed& closed)
{
    timeouts_->closed(closed.channel);
    if (!forwardings_->on(closed))
        sessions_->on(closed);
    auto& transport = session_.transport();
    if (session_.connection().channel_count() == 0 && needs_a_nudge(transport.peer_version()))
        transport.send(Ignore{{empty_string}});
    return {};
}

Result<void> NetworkProcess::on(const GlobalRequested& request)
{
    log_.debug1("server_input_global_request: rtype {} want_reply {}", printable(request.request),
                request.want_reply == WantReply::yes ? 1 : 0);
    auto is_forwarding = TRY(forwardings_->on(request));
    if (is_forwarding)
        return {};
    if (request.request == HostKeysProve::name)
        return prove_host_keys(request);
    bool success = request.request == NoMoreSessions::name;
    if (success)
        no_more_sessions_ = true;
    return replies_->answer(request.want_reply, success);
}

// Clients that know us by one key may learn the others (OpenSSH's PROTOCOL §2.5).  Certificates are not announced.
void NetworkProcess::announce_host_keys()
{
    if (!may_hear_of_host_keys(session_.transport().peer_version()))
        return;
    ByteVector blobs;
    Writer keys{blobs};
    for (auto& blob : host_keys_)
        if (auto key = PublicKey::from_blob(blob); key && !key->is_certificate())
            keys.string(Bytes{blob});
    if (!blobs.empty())
        session_.connection().global_request(HostKeys::name, blobs, WantReply::no);
}

Result<void> NetworkProcess::prove_host_keys(const GlobalRequested& request)
{
    auto proof = TRY(decode<HostKeysProve>(request.details));
    Reader keys{proof.keys.bytes};
    ProveHostKeys question;
    while (keys.ok() && keys.left() > 0)
        question.keys.items.push_back(to_vector(keys.string()));
    TRY(keys.finish(HostKeysProve::name));
    question.ticket = TRY(replies_->expect(request.want_reply));
    return monitor_.send(question);
}

// ---- the monitor -------------------------------------------------------------------------

void NetworkProcess::monitor_ready()
{
    auto message = monitor_.receive();
    if (!message || !*message) {
        loop_.stop();                                             // the connection ends with its monitor
        return;
    }
    session_.transport().time_passed(loop_.now());
    auto handled = on_monitor(std::move(**message));
    if (!handled)
        driver_->end(handled.error());
    else
        driver_->advance();
    monitor_.forget();
}

Result<void> NetworkProcess::on_monitor(ReceivedMessage message)
{
    switch (message.number().value) {
    case ExchangeSigned::number.value: {
        auto answer = TRY(decode<ExchangeSigned>(message.payload));
        session_.answer_signature(answer.signature);
        return {};
    }
    case LoginTerms::number.value:
        terms_ = TRY(decode<LoginTerms>(message.payload));
        session_.transport().change_rekey_limits({terms_.rekey_bytes, Seconds{terms_.rekey_seconds}});
        log_.set_level(static_cast<LogLevel>(terms_.log_level));
        return {};
    case LoginNotice::number.value: {
        auto notice = TRY(decode<LoginNotice>(message.payload));
        if (!is_logged_in_)
            session_.transport().send(UserauthBanner{notice.text, {}});
        return {};
    }
    case EndConnection::number.value: {
        auto order = TRY(decode<EndConnection>(message.payload));
        return not_permitted(std::string{order.text}, static_cast<DisconnectReason>(order.reason));
    }
    case HostKeysProven::number.value: {
        auto proven = TRY(decode<HostKeysProven>(message.payload));
        ByteVector bytes;
        Writer signatures{bytes};
        for (auto& signature : proven.signatures.items)
            signatures.string(Bytes{signature});
        replies_->settle(proven.ticket, !proven.signatures.items.empty(), std::move(bytes));
        return {};
    }
    default:
        return on_session_answer(std::move(message));
    }
}

Result<void> NetworkProcess::on_session_answer(ReceivedMessage message)
{
    switch (message.number().value) {
    case SessionAnswer::number.value: {
        auto answer = TRY(decode<SessionAnswer>(message.payload));
        return sessions_->on(answer);
    }
    case ProgramRunning::number.value: {
        auto running = TRY(decode<ProgramRunning>(message.payload));
        return sessions_->on(running, std::move(message.fds));
    }
    case ProgramEnded::number.value: {
        auto ended = TRY(decode<ProgramEnded>(message.payload));
        return sessions_->on(ended);
    }
    case ConnectionMade::number.value: {
        auto made = TRY(decode<ConnectionMade>(message.payload));
        return forwardings_->on(made, std::move(message.fds));
    }
    case ConnectionCame::number.value: {
        auto came = TRY(decode<ConnectionCame>(message.payload));
        auto agent_kind = sessions_->has_standard_agent() ? ForwardingChannels::AgentKind::standard
                                                          : ForwardingChannels::AgentKind::usual;
        return forwardings_->on(came, std::move(message.fds), agent_kind);
    }
    case ForwardAnswer::number.value: {
        auto answer = TRY(decode<ForwardAnswer>(message.payload));
        if (forwardings_->on(answer))
            return {};
        return sessions_->on(answer);
    }
    default:
        return on_auth_answer(message);
    }
}

template <Message Answer>
Result<void> NetworkProcess::pass_on(Bytes payload)
{
    auto answer = TRY(decode<Answer>(payload));
    session_.answer(AuthAnswer{answer});
    return {};
}

Result<void> NetworkProcess::on_auth_answer(const ReceivedMessage& message)
{
    switch (message.number().value) {
    case Welcome::number.value: return pass_on<Welcome>(message.payload);
    case KeyVerdict::number.value: return pass_on<KeyVerdict>(message.payload);
    case Verdict::number.value: return pass_on<Verdict>(message.payload);
    case Prompts::number.value: return pass_on<Prompts>(message.payload);
    case PasswordExpired::number.value: return pass_on<PasswordExpired>(message.payload);
    case GssapiReady::number.value: return pass_on<GssapiReady>(message.payload);
    case GssapiToken::number.value: return pass_on<GssapiToken>(message.payload);
    default: return bad_input(fmt::format("unknown message {} from the monitor", message.number().value));
    }
}

// ---- is the client there? ----------------------------------------------------------------

void NetworkProcess::watch_for_life()
{
    if (terms_.alive_seconds == 0)
        return;
    auto most = terms_.alive_most == 0 ? std::numeric_limits<unsigned>::max() : terms_.alive_most;
    auto ask = [this] { session_.connection().global_request(KeepAlive::name, {}, WantReply::yes); };
    auto give_up = [this] {
        farewell_ = Farewell{Ending::went_silent, 0, {}, 0, 0};
        driver_->end(Error{ErrorKind::not_permitted, "Timeout, client not responding", DisconnectReason::by_application, 0});
    };
    keepalive_.emplace(loop_, *driver_, Seconds{terms_.alive_seconds}, most, ask, give_up);
}

// ---- is there any use? -------------------------------------------------------------------

// UnusedConnectionTimeout runs while there is no channel.  Listeners do not count, nor do sessions that wait for their
// program, as a client may open them ahead.
void NetworkProcess::watch_for_use()
{
    bool unused = is_logged_in_ && terms_.unused_seconds > 0 &&
                  session_.connection().channel_count() == sessions_->waiting();
    if (!unused) {
        unused_timer_.reset();
        return;
    }
    if (unused_timer_)
        return;
    unused_timer_ = loop_.at(loop_.now() + Seconds{terms_.unused_seconds}, [this] {
        farewell_ = Farewell{Ending::unused, 0, {}, 0, 0};
        driver_->end(Error{ErrorKind::not_permitted, "the connection is not used", DisconnectReason::by_application, 0});
    });
}

void NetworkProcess::choose_traffic_class()
{
    auto interactive = session_.connection().is_interactive();
    if (!is_logged_in_ || !interactive)
        return;
    auto wanted = *interactive ? terms_.interactive_class : terms_.bulk_class;
    if (wanted == LoginTerms::no_class || wanted == std::exchange(traffic_class_, wanted))
        return;
    driver_->set_traffic_class(static_cast<int>(wanted));
}

void NetworkProcess::channel_timed_out(ChannelId channel, const std::string& kind)
{
    log_.info("channel {}: closing after an idle timeout ({})", channel.value, printable(kind));
    session_.connection().close(channel);
    driver_->advance();
}

} // namespace nacre
