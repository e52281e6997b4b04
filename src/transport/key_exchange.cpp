#include "transport/key_exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/contract.h"
#include "base/text.h"
#include "keys/public_key.h"
#include "messages/numbers.h"
#include "wire/name_list.h"

namespace nacre {

KeyExchange::KeyExchange(Role role, const TransportSettings& settings, ConnectionIdentity& identity, PacketReader& in,
                         PacketWriter& out, Random& random, Log& log)
    : role_(role), settings_(settings), identity_(identity), in_(in), out_(out), random_(random), log_(log),
      first_(identity.session_id.empty())
{
}

void KeyExchange::start()
{
    NACRE_EXPECTS(our_init_.empty());
    choose_guess();
    auto proposal = settings_.proposal;
    if (guessed_)
        proposal.kex_methods = moved_to_front(proposal.kex_methods, guessed_->name);
    our_init_ = make_kex_init(proposal, role_, first_ ? FirstKex::yes : FirstKex::no,
                              guessed_ ? GuessFollows::yes : GuessFollows::no, random_);
    out_.send(Bytes{our_init_});
    log_.debug1("SSH2_MSG_KEXINIT sent");
    if (guessed_) {
        client_ = guessed_->make_client(*guessed_, kex_context());
        out_.send(Bytes{client_->start()});
    }
}

void KeyExchange::choose_guess()
{
    if (role_ == Role::client && first_ && list_contains(settings_.proposal.kex_methods, settings_.guess_kex))
        guessed_ = find_kex_method(settings_.guess_kex);
}

// Our own order decides what is agreed on; for the guess's sake another one was shown.
Result<void> KeyExchange::check_guess(const KexInit& theirs)
{
    if (!guessed_)
        return {};
    auto by_our_order = first_common(settings_.proposal.kex_methods, theirs.kex_algorithms);
    guess_misled_ = by_our_order && *by_our_order != agreed_.kex->name;
    if (guess_misled_)
        return incompatible(fmt::format("the server takes {}, which is better than {} that it was asked for", *by_our_order,
                                        agreed_.kex->name));
    return {};
}

Result<std::optional<KeyExchange::Event>> KeyExchange::receive(IncomingPacket packet)
{
    MessageNumber number{packet.payload[0]};
    if (number == KexInit::number && std::holds_alternative<AwaitInit>(phase_))
        return on_init(packet);
    if (is_kex_method_message(number) && std::holds_alternative<AwaitMethod>(phase_))
        return on_method(packet.payload);
    if (number == NewKeys::number && std::holds_alternative<AwaitNewKeys>(phase_)) {
        TRY(decode<NewKeys>(packet.payload));
        return on_new_keys();
    }
    return peer_misbehaved(fmt::format("message {} came at the wrong point of the key exchange", number.value),
                           DisconnectReason::key_exchange_failed);
}

bool KeyExchange::asks() const
{
    return std::holds_alternative<AwaitVerdict>(phase_) || std::holds_alternative<AwaitSignature>(phase_);
}

KeyExchange::Step KeyExchange::on_init(IncomingPacket packet)
{
    auto theirs = TRY(decode<KexInit>(packet.payload));
    log_.debug1("SSH2_MSG_KEXINIT received");
    peer_init_ = to_vector(packet.payload);
    if (our_init_.empty())
        start();
    auto ours = TRY(decode<KexInit>(Bytes{our_init_}));
    if (first_)
        decide_markers(theirs);
    if (first_ && identity_.strict && packet.sequence.value != 0)
        return peer_misbehaved("strict key exchange: KEXINIT was not the first packet",
                               DisconnectReason::key_exchange_failed);

    bool is_client = role_ == Role::client;
    agreed_ = TRY(negotiate(is_client ? ours : theirs, is_client ? theirs : ours, role_, log_));
    TRY(check_guess(theirs));
    log_agreed();
    ignore_guess_ = theirs.first_kex_packet_follows && !agreed_.guess_was_right;
    phase_ = AwaitMethod{};
    start_method();
    return std::nullopt;
}

void KeyExchange::decide_markers(const KexInit& theirs)
{
    bool is_client = role_ == Role::client;
    identity_.strict = list_contains(theirs.kex_algorithms, is_client ? kex_marker::strict_server : kex_marker::strict_client);
    identity_.peer_wants_ext_info =
        list_contains(theirs.kex_algorithms, is_client ? kex_marker::ext_info_server : kex_marker::ext_info_client);
    identity_.peer_kex_methods = known_kex_methods(theirs.kex_algorithms);
    identity_.peer_first_host_key_algorithm = first_of(theirs.server_host_key_algorithms);
    log_.debug3("strict key exchange: {}", identity_.strict ? "yes" : "no");
}

KexContext KeyExchange::kex_context() const
{
    // RFC 4419 §3 leaves the size to the client: as strong as the strongest key that it must make (MACs' too).
    std::size_t key_bits = 0;
    for (auto* direction : {&agreed_.client_to_server, &agreed_.server_to_client}) {
        if (direction->cipher)
            key_bits = std::max(key_bits, security_bits(*direction->cipher));
        if (direction->mac)
            key_bits = std::max(key_bits, direction->mac->key_size * 8);
    }
    std::uint32_t wanted = key_bits <= 112 ? 2048 : key_bits <= 128 ? 3072 : key_bits <= 192 ? 7680 : 8192;
    if (peer_has(PeerFault::chokes_on_large_groups))
        wanted = std::min<std::uint32_t>(wanted, 4096);
    return {.random = random_, .wanted_bits = wanted, .groups = settings_.groups, .log = &log_};
}

bool KeyExchange::peer_has(PeerFault fault) const
{
    return has_fault(role_ == Role::client ? identity_.server_version : identity_.client_version, fault);
}

// K, where both sides must be wrong alike.  Not known before the peer's version, which a guess does not wait for.
KexAgreement KeyExchange::as_peer_has_it(KexAgreement agreement) const
{
    if (agreed_.kex->name.starts_with("curve25519-") && peer_has(PeerFault::keeps_zeros_of_curve25519))
        agreement.k = with_zeros_kept(agreement.k);
    return agreement;
}

void KeyExchange::start_method()
{
    if (role_ == Role::server) {
        server_ = agreed_.kex->make_server(*agreed_.kex, kex_context());
        return;
    }
    bool guess_holds = guessed_ != nullptr && agreed_.guess_was_right;
    if (guess_holds)
        return;
    client_ = agreed_.kex->make_client(*agreed_.kex, kex_context());
    out_.send(Bytes{client_->start()});
}

void KeyExchange::log_agreed() const
{
    auto direction = [&](std::string_view which, const DirectionAlgorithms& use) {
        log_.debug1("kex: {} cipher: {} MAC: {} compression: {}", which, use.cipher->name, use.mac_name(),
                    use.compression->name);
    };
    log_.debug1("kex: algorithm: {}", agreed_.kex->name);
    log_.debug1("kex: host key algorithm: {}", agreed_.host_key_algorithm);
    direction("server->client", agreed_.server_to_client);
    direction("client->server", agreed_.client_to_server);
}

KeyExchange::Step KeyExchange::on_method(Bytes payload)
{
    if (ignore_guess_) {                                          // RFC 4253 §7: "MUST silently ignore the next packet"
        ignore_guess_ = false;
        return std::nullopt;
    }
    if (role_ == Role::client) {
        auto outcome = TRY(client_->receive(payload));
        if (auto* reply = std::get_if<KexReply>(&outcome))
            return on_client_reply(std::move(*reply));
        out_.send(Bytes{std::get<KexPayload>(outcome)});
        return std::nullopt;
    }
    auto outcome = TRY(server_->receive(payload));
    if (auto* agreement = std::get_if<KexAgreement>(&outcome))
        return on_server_agreement(std::move(*agreement));
    out_.send(Bytes{std::get<KexPayload>(outcome)});
    return std::nullopt;
}

// H = hash(V_C || V_S || I_C || I_S || K_S || exchanged || K), each part encoded (RFC 4253 §8).
ByteVector KeyExchange::exchange_hash(Bytes host_key, const KexAgreement& agreement) const
{
    bool is_client = role_ == Role::client;
    ByteVector parts;
    Writer{parts}
        .string(identity_.client_version)
        .string(identity_.server_version)
        .string(Bytes{is_client ? our_init_ : peer_init_})
        .string(Bytes{is_client ? peer_init_ : our_init_})
        .string(host_key)
        .raw(agreement.exchanged);
    return Hash(agreed_.kex->hash).update(parts).update(agreement.k.bytes()).finish();
}

KeyExchange::Step KeyExchange::on_client_reply(KexReply reply)
{
    auto key = TRY(PublicKey::from_blob(reply.host_key));
    if (key.type().plain_kind == KeyKind::rsa && key.bits() < settings_.required_rsa_bits)
        return not_permitted(fmt::format("the server's RSA host key has {} bits; RequiredRSASize asks for {}", key.bits(),
                                         settings_.required_rsa_bits),
                             DisconnectReason::host_key_not_verifiable);
    reply.agreement = as_peer_has_it(std::move(reply.agreement));
    hash_ = exchange_hash(reply.host_key, reply.agreement);
    auto verified = key.verify(agreed_.host_key_algorithm, hash_, reply.signature, no_token_demands);
    if (!verified)
        return peer_misbehaved("the server's signature over the key exchange is wrong: " + verified.error().what,
                               DisconnectReason::key_exchange_failed);
    if (!first_) {
        if (!same_bytes(identity_.host_key, reply.host_key))
            return peer_misbehaved("the server showed another host key in a later key exchange",
                                   DisconnectReason::host_key_not_verifiable);
        return take_sending_keys(std::move(reply.agreement));
    }
    identity_.host_key = reply.host_key;
    phase_ = AwaitVerdict{std::move(reply)};
    return Event{HostKeyQuestion{identity_.host_key, agreed_.host_key_algorithm, hash_,
                                 std::get<AwaitVerdict>(phase_).reply.signature}};
}

Result<std::optional<KeyExchange::Event>> KeyExchange::answer(HostKeyVerdict verdict)
{
    NACRE_EXPECTS(std::holds_alternative<AwaitVerdict>(phase_));
    if (verdict != HostKeyVerdict::accept)
        return not_permitted("Host key verification failed.", DisconnectReason::host_key_not_verifiable);
    auto agreement = std::move(std::get<AwaitVerdict>(phase_).reply.agreement);
    return take_sending_keys(std::move(agreement));
}

Result<ByteVector> KeyExchange::our_host_key() const
{
    auto* algorithm = find_signature_algorithm(agreed_.host_key_algorithm);
    for (auto& blob : settings_.host_keys)
        if (auto key = PublicKey::from_blob(blob); key && algorithm && key->kind() == algorithm->kind)
            return blob;
    return incompatible(fmt::format("no host key for {}", agreed_.host_key_algorithm));
}

KeyExchange::Step KeyExchange::on_server_agreement(KexAgreement agreement)
{
    auto host_key = TRY(our_host_key());
    agreement = as_peer_has_it(std::move(agreement));
    hash_ = exchange_hash(host_key, agreement);
    phase_ = AwaitSignature{std::move(agreement), std::move(host_key)};
    return Event{SignatureQuestion{agreed_.host_key_algorithm, std::get<AwaitSignature>(phase_).host_key, hash_}};
}

Result<std::optional<KeyExchange::Event>> KeyExchange::answer_signature(Bytes signature)
{
    NACRE_EXPECTS(std::holds_alternative<AwaitSignature>(phase_));
    auto waiting = std::move(std::get<AwaitSignature>(phase_));
    if (first_)                                                   // which later signatures of users name, and the monitor keeps
        identity_.host_key = waiting.host_key;
    out_.send(Bytes{server_->reply(waiting.host_key, signature)});
    return take_sending_keys(std::move(waiting.agreement));
}

KeyMaterial KeyExchange::material() const
{
    return {.hash = agreed_.kex->hash,
            .shared_secret = shared_secret_.bytes(),
            .exchange_hash = hash_,
            .session_id = identity_.session_id};
}

KeyExchange::Step KeyExchange::take_sending_keys(KexAgreement agreement)
{
    shared_secret_ = std::move(agreement.k);
    if (first_)
        identity_.session_id = hash_;
    out_.send(NewKeys{});
    log_.debug1("SSH2_MSG_NEWKEYS sent");

    bool is_client = role_ == Role::client;
    auto& ours = is_client ? agreed_.client_to_server : agreed_.server_to_client;
    auto direction = is_client ? Direction::client_to_server : Direction::server_to_client;
    out_.take_keys(make_sealer(ours, direction, material()), identity_.strict);
    sealed_ = true;
    client_.reset();
    server_.reset();
    phase_ = AwaitNewKeys{};
    return Event{KeysInUse{first_}};
}

KeyExchange::Step KeyExchange::on_new_keys()
{
    log_.debug1("SSH2_MSG_NEWKEYS received");
    bool is_client = role_ == Role::client;
    auto& theirs = is_client ? agreed_.server_to_client : agreed_.client_to_server;
    auto direction = is_client ? Direction::server_to_client : Direction::client_to_server;
    in_.take_keys(make_opener(theirs, direction, material()), identity_.strict);
    opened_ = true;
    shared_secret_ = {};
    return std::nullopt;
}

} // namespace nacre
