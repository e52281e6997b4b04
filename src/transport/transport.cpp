#include "transport/transport.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/contract.h"
#include "base/text.h"
#include "messages/numbers.h"
#include "messages/transport.h"

namespace nacre {
namespace {

constexpr std::array<std::uint8_t, 4> no_language{};              // an empty string, encoded

// Bytes of messages that may wait for new keys.
constexpr std::size_t most_held = 1024 * 1024;

const DirectionAlgorithms& sent_by(Role role, const Agreed& agreed)
{
    return role == Role::client ? agreed.client_to_server : agreed.server_to_client;
}
const DirectionAlgorithms& received_by(Role role, const Agreed& agreed)
{
    return role == Role::client ? agreed.server_to_client : agreed.client_to_server;
}

// zlib@openssh.com begins once the login is done, so that nobody unknown reaches the decompressor.
bool is_used(const Compression& compression, bool authenticated)
{
    return compression.make_compressor && (authenticated || !compression.delayed);
}

} // namespace

Transport::Transport(Role role, TransportSettings settings, Random& random, Log& log, TimePoint now)
    : role_(role), settings_(std::move(settings)), random_(random), log_(log), now_(now), out_(random),
      version_exchange_(role), rekey_(settings_.rekey)
{
    (role_ == Role::client ? identity_.client_version : identity_.server_version) = settings_.version_line;
    // A server's banner may be long; what a client says before its login is short.
    if (role_ == Role::client)
        in_.limit_packets_to(PacketReader::largest_after_login);
    out_.append_line(settings_.version_line);
    start_exchange();
}

Transport::Transport(Bare, Role role, Random& random, Log& log, TimePoint now)
    : role_(role), random_(random), log_(log), now_(now), out_(random), version_exchange_(role), rekey_(settings_.rekey),
      began_(true), authenticated_(true), bare_(true)
{
    in_.limit_packets_to(PacketReader::largest_after_login);
    in_.wipe_what_was_read(false);
    in_.expect_bare_packets();
    out_.write_bare_packets();
}

void Transport::start_exchange()
{
    exchange_ = std::make_unique<KeyExchange>(role_, settings_, identity_, in_, out_, random_, log_);
    exchange_->start();
}

Result<std::optional<TransportEvent>> Transport::next()
{
    if (held_bytes_ > most_held)
        return peer_misbehaved("the peer goes on asking in the middle of a key exchange");
    if (answered_) {
        auto step = std::move(*answered_);
        answered_.reset();
        return on_exchange(std::move(step));
    }
    if (peer_version_.empty() && !bare_)
        TRY(receive_version());
    consider_rekey();
    while ((bare_ || !peer_version_.empty()) && !asks() && !left_) {
        auto packet = TRY(in_.next());
        if (!packet)
            break;
        auto event = TRY(on_packet(*packet));
        if (event)
            return event;
    }
    return std::nullopt;
}

Transport::Step Transport::receive_version()
{
    auto line = version_exchange_.receive(in_.raw());
    if (!line) {
        // The peer speaks something else: tell it in plain text, as there are no packets yet.
        if (role_ == Role::server)
            out_.append_line("Invalid SSH identification string.");
        left_ = true;
        return fail(std::move(line).error());
    }
    if (!*line)
        return std::nullopt;
    for (auto& before : greeting())
        log_.debug1("The server says before its version: {}", printable(before));
    peer_version_ = std::move(**line);
    (role_ == Role::client ? identity_.server_version : identity_.client_version) = peer_version_;
    log_.debug1("Remote protocol version 2.0, remote software version {}", printable(software_of(peer_version_)));
    return std::nullopt;
}

// Which numbers may come now.  One place, so that no handler needs to ask.
Result<void> Transport::admit(MessageNumber number) const
{
    bool exchanging = exchange_ && (exchange_->peer_has_begun() || !began_);
    if (!exchanging) {
        if (is_key_exchange_message(number) && number != KexInit::number && !exchange_)
            return peer_misbehaved(fmt::format("key exchange message {} outside of a key exchange", number.value));
        return {};
    }
    if (is_key_exchange_message(number) || number == Disconnect::number)
        return {};
    bool harmless = number == Ignore::number || number == Unimplemented::number || number == Debug::number;
    // RFC 4253 §7.1 allows these; strict key exchange forbids them until the first keys are there.
    bool strict = identity_.strict && exchange_->is_first();
    if (harmless && !strict)
        return {};
    // The RFC forbids channel messages here as well, but AsyncSSH sends them and OpenSSH takes them.  The old keys still
    // protect them; what they make us hold back is bounded in send_payload().
    if (is_connection_message(number) && authenticated_)
        return {};
    return peer_misbehaved(fmt::format("message {} in the middle of a key exchange", number.value),
                           DisconnectReason::key_exchange_failed);
}

Transport::Step Transport::on_packet(IncomingPacket packet)
{
    MessageNumber number{packet.payload[0]};
    log_.debug3("receive packet: type {}", number.value);
    if (bare_ && !is_connection_message(number))
        return std::nullopt;
    TRY(admit(number));
    if (is_key_exchange_message(number)) {
        if (!exchange_)
            start_exchange();
        return on_exchange(exchange_->receive(packet));
    }
    return on_transport_message(packet, number);
}

Transport::Step Transport::on_transport_message(IncomingPacket packet, MessageNumber number)
{
    switch (number.value) {
    case Disconnect::number.value: {
        auto message = TRY(decode<Disconnect>(packet.payload));
        left_ = peer_left_ = true;
        return TransportEvent{PeerLeft{message.reason, message.description}};
    }
    case Ignore::number.value:
        return std::nullopt;
    case Unimplemented::number.value:
        TRY(on_unimplemented(packet.payload));
        return std::nullopt;
    case Debug::number.value:
        if (auto message = decode<Debug>(packet.payload)) {
            bool is_for_a_person = message->always_display && role_ == Role::client;
            log_.say(is_for_a_person ? LogLevel::info : LogLevel::debug1, "Remote: {}", printable(message->text));
        }
        return std::nullopt;
    case ExtInfo::number.value:
        TRY(on_ext_info(packet.payload));
        return std::nullopt;
    case Ping::number.value: {
        auto ping = TRY(decode<Ping>(packet.payload));
        if (authenticated_)
            send(Pong{ping.data});
        return std::nullopt;
    }
    default:
        return TransportEvent{IncomingMessage{number, packet.sequence, packet.payload}};
    }
}

Result<void> Transport::on_unimplemented(Bytes payload)
{
    auto message = TRY(decode<Unimplemented>(payload));
    if (!authenticated_ && message.sequence.value - first_early_.value < early_messages_)
        ++early_dropped_;
    else
        log_.debug1("the peer does not implement our message {}", message.sequence.value);
    return {};
}

// RFC 8308: the server's is believed only until the login is done; later ones change nothing.
Result<void> Transport::on_ext_info(Bytes payload)
{
    auto message = TRY(decode<ExtInfo>(payload));
    heard_ext_info_ = true;
    for (auto& extension : message.extensions.items) {
        log_.debug1("SSH2_MSG_EXT_INFO: {}", printable(extension.extension_name));
        if (authenticated_)
            continue;
        if (role_ == Role::server)
            peer_takes_ext_info_in_auth_ |= extension.extension_name == ext_info_in_auth && as_text(extension.value) == "0";
        else if (extension.extension_name == "server-sig-algs")
            server_sig_algs_ = as_text(extension.value);
        else if (extension.extension_name == "ping@openssh.com")
            peer_pings_ = as_text(extension.value) == "0";
        else if (extension.extension_name == "publickey-hostbound@openssh.com")
            peer_takes_hostbound_ = as_text(extension.value) == "0";
        else if (extension.extension_name == agent_forward)
            peer_forwards_agents_ = as_text(extension.value) == "0";
    }
    return {};
}

Transport::Step Transport::on_exchange(Result<std::optional<KeyExchange::Event>> step)
{
    auto event = TRY(std::move(step));
    bool ours_changed = event && std::holds_alternative<KeysInUse>(*event);
    if (ours_changed)
        sending_keys_changed();
    if (exchange_->finished()) {
        exchange_.reset();
        rekey_.keys_taken(*sent_by(role_, agreed_).cipher, *received_by(role_, agreed_).cipher, now_);
        auto& theirs = *received_by(role_, agreed_).compression;
        in_.decompress_with(is_used(theirs, authenticated_) ? theirs.make_decompressor() : nullptr);
    }
    if (!event)
        return std::nullopt;
    return std::visit([](auto& e) -> std::optional<TransportEvent> { return TransportEvent{e}; }, *event);
}

void Transport::sending_keys_changed()
{
    agreed_ = exchange_->agreed();
    bool first = !began_;
    began_ = true;
    auto& ours = *sent_by(role_, agreed_).compression;
    out_.compress_with(is_used(ours, authenticated_) ? ours.make_compressor(settings_.compression_level) : nullptr);
    if (first && identity_.peer_wants_ext_info)
        send_ext_info();
    auto held = std::exchange(held_, {});
    held_bytes_ = 0;
    for (auto& payload : held) {
        send_payload(payload);
        wipe(payload);
    }
}

void Transport::send_ext_info()
{
    ExtInfo message;
    if (role_ == Role::client)
        message.extensions.items = {{.extension_name = ext_info_in_auth, .value = as_bytes("0")}};
    else
        message.extensions.items = {
            {.extension_name = "server-sig-algs", .value = as_bytes(settings_.server_sig_algs)},
            {.extension_name = "publickey-hostbound@openssh.com", .value = as_bytes("0")},
            {.extension_name = "ping@openssh.com", .value = as_bytes("0")},
        };
    if (settings_.forwards_agents)
        message.extensions.items.push_back({.extension_name = agent_forward, .value = as_bytes("0")});
    send(message);
}

void Transport::announce_server_sig_algs(std::string_view algorithms)
{
    NACRE_EXPECTS(role_ == Role::server);
    if (!peer_takes_ext_info_in_auth_ || authenticated_ || algorithms == settings_.server_sig_algs)
        return;
    settings_.server_sig_algs = algorithms;
    ExtInfo message;
    message.extensions.items = {{.extension_name = "server-sig-algs", .value = as_bytes(settings_.server_sig_algs)}};
    send(message);
}

void Transport::answer(HostKeyVerdict verdict)
{
    NACRE_EXPECTS(asks());
    answered_ = exchange_->answer(verdict);
}

void Transport::answer_signature(Bytes signature)
{
    NACRE_EXPECTS(asks());
    answered_ = exchange_->answer_signature(signature);
}

void Transport::send_payload(Bytes payload)
{
    if (left_ || (bare_ && !is_connection_message({payload[0]})))
        return;
    log_.debug3("send packet: type {}", payload[0]);
    bool belongs_to_transport = payload[0] <= 4;
    if (may_send_data() || belongs_to_transport) {
        if (!authenticated_ && is_connection_message({payload[0]}) && early_messages_++ == 0)
            first_early_ = out_.position().sequence;
        out_.send(payload);
        return;
    }
    held_bytes_ += payload.size();
    if (held_bytes_ <= most_held)
        held_.push_back(to_vector(payload));
}

MutableBytes Transport::begin_packet(std::size_t largest)
{
    if (!may_send_data())
        return {};
    return out_.begin_packet(largest);
}

Bytes Transport::to_transmit()
{
    consider_rekey();
    return out_.to_transmit();
}

void Transport::consider_rekey()
{
    if (!authenticated_ || exchange_ || left_ || bare_ || !rekey_.due(out_.position(), in_.position(), now_))
        return;
    rekey();
}

void Transport::change_rekey_limits(RekeyLimits limits)
{
    if (began_ && !bare_)
        rekey_.change(limits, *sent_by(role_, agreed_).cipher, *received_by(role_, agreed_).cipher);
}

void Transport::rekey()
{
    if (exchange_ || !began_ || bare_)
        return;
    log_.debug1("rekeying");
    start_exchange();
}

std::optional<TimePoint> Transport::deadline() const
{
    if (!authenticated_ || exchange_ || left_ || bare_)
        return std::nullopt;
    return rekey_.deadline(out_.position(), in_.position());
}

void Transport::time_passed(TimePoint now)
{
    now_ = now;
    consider_rekey();
}

void Transport::authenticated()
{
    NACRE_EXPECTS(began_ && !authenticated_);
    authenticated_ = true;
    in_.limit_packets_to(PacketReader::largest_after_login);
    in_.wipe_what_was_read(false);
    start_compression();
}

// What waited for the login.
void Transport::start_compression()
{
    auto& ours = *sent_by(role_, agreed_).compression;
    auto& theirs = *received_by(role_, agreed_).compression;
    if (ours.delayed)
        out_.compress_with(ours.make_compressor(settings_.compression_level));
    if (theirs.delayed)
        in_.decompress_with(theirs.make_decompressor());
}

void Transport::unimplemented(const IncomingMessage& message)
{
    log_.debug1("message {} is not implemented here", message.number.value);
    send(Unimplemented{message.sequence});
}

void Transport::disconnect(const Error& error)
{
    if (left_)
        return;
    if (!peer_version_.empty())
        out_.send(Disconnect{static_cast<std::uint32_t>(error.reason), error.what, Rest{no_language}});
    left_ = true;
}

} // namespace nacre
