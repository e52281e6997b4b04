// Of client_auth.h: keys, the person's own and those of this host.
#include <utility>

#include "auth/client_auth.h"
#include "auth/methods.h"
#include "auth/publickey.h"
#include "base/contract.h"
#include "base/text.h"
#include "keys/public_key.h"
#include "transport/peer_faults.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

constexpr std::string_view sha1_label = "ssh-rsa";

} // namespace

void ClientAuth::probe_keys()
{
    for (std::size_t probes = 0; probes < most_probes && next_key_ < order_.size() && !next_key_is_unknown();) {
        if (!take_key())
            continue;
        tell("Offering public key", settings_.keys[key_]);
        send_key({});
        ++probes;
    }
}

// Keys that came too early, before the password that the server wants first, say.
void ClientAuth::offer_unjudged_keys()
{
    order_.erase(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(next_key_));
    order_.insert(order_.begin(), unjudged_.begin(), unjudged_.end());
    next_key_ = 0;
    unjudged_.clear();
}

// The name to sign under: RSA keys sign under several, and an old server knows only the oldest (RFC 8332 §3.3).  For
// other keys there is no choice, and a server that accepts more from this user than from others has announced less.
std::string_view ClientAuth::algorithm_for(Bytes key_blob) const
{
    auto key = PublicKey::from_blob(key_blob);
    if (!key)
        return {};
    auto known = transport_.server_sig_algs();
    bool has_choice = key->type().plain_kind == KeyKind::rsa;
    bool only_oldest = key->kind() == KeyKind::rsa_certificate
                       && has_fault(transport_.peer_version(), PeerFault::knows_one_rsa_certificate);
    bool knows_all = key->kind() == KeyKind::rsa && has_fault(transport_.peer_version(), PeerFault::leaves_out_rsa_sha2);
    std::string_view first;
    for (auto name : split(settings_.pubkey_algorithms, ',')) {
        auto* row = find_signature_algorithm(name);
        if (!row || row->kind != key->kind() || (only_oldest && row->label != sha1_label))
            continue;
        // Whoever allows SHA-1 has such a server to log in to.
        bool fits = known.empty() ? row->label == sha1_label : list_contains(known, row->label) || list_contains(known, name);
        if (!has_choice || knows_all || only_oldest || fits)
            return row->name;
        if (first.empty() && known.empty())
            first = row->name;
    }
    return first;
}

bool ClientAuth::next_key_is_unknown() const { return settings_.keys[order_[next_key_]].blob.empty(); }

bool ClientAuth::take_key()
{
    key_ = order_[next_key_++];
    auto& candidate = settings_.keys[key_];
    algorithm_ = algorithm_for(candidate.blob);
    if (!algorithm_.empty())
        return true;
    note({method::publickey, key_, false}, "no signature algorithm that both sides allow");
    log_.debug1("no mutual signature algorithm for {}", candidate.name);
    return false;
}

ClientAuth::Step ClientAuth::try_key()
{
    if (!accepted_.empty()) {
        auto key = accepted_.front();
        accepted_.pop_front();
        return need_signature(key);
    }
    if (next_key_is_unknown()) {
        key_ = order_[next_key_];
        asks_ = true;
        return ClientAuthEvent{KeyNeeded{key_}};
    }
    if (!take_key())
        return try_next();
    tell("Offering public key", settings_.keys[key_]);
    if (settings_.keys[key_].signs_freely)
        return need_signature(key_);
    send_key({});
    return std::nullopt;
}

ClientAuth::Step ClientAuth::need_signature(std::size_t key)
{
    key_ = key;
    is_for_host_ = false;
    algorithm_ = algorithm_for(settings_.keys[key].blob);
    to_sign_ = signed_bytes({.session_id = transport_.session_id(),
                             .user = settings_.user,
                             .service = service::connection,
                             .method = key_method(),
                             .algorithm = algorithm_,
                             .key = settings_.keys[key_].blob,
                             .host_key = transport_.host_key()});
    asks_ = true;
    return ClientAuthEvent{SignatureNeeded{key_, algorithm_, to_sign_}};
}

void ClientAuth::send_key(Bytes signature)
{
    ByteVector details;
    Writer out{details};
    out.boolean(!signature.empty()).string(algorithm_).string(Bytes{settings_.keys[key_].blob});
    if (key_method() == method::publickey_hostbound)
        out.string(transport_.host_key());
    if (!signature.empty())
        out.string(signature);
    transport_.send(UserauthRequest{settings_.user, service::connection, key_method(), Rest{details}});
    open_.push_back({method::publickey, key_, !signature.empty()});
}

// Every try is signed (RFC 4252 §9): there is no asking first whether a key would do.
ClientAuth::Step ClientAuth::try_host_key()
{
    auto& settings = host_keys_.settings();
    auto offer = host_keys_.next();
    NACRE_EXPECTS(offer);
    key_ = offer->key;
    is_for_host_ = true;
    algorithm_ = offer->algorithm;
    log_.debug1("Offering host key: {}", settings.keys[key_].name);
    to_sign_ = encode(HostbasedClaim{.session_id = transport_.session_id(),
                                     .user = settings_.user,
                                     .service = service::connection,
                                     .algorithm = algorithm_,
                                     .key = settings.keys[key_].blob,
                                     .client_host = settings.client_host,
                                     .client_user = settings.client_user});
    asks_ = true;
    return ClientAuthEvent{HostSignatureNeeded{key_, algorithm_, to_sign_}};
}

void ClientAuth::send_host_key(Bytes signature)
{
    auto& settings = host_keys_.settings();
    ByteVector details = encode(HostbasedRequest{.algorithm = algorithm_,
                                                 .key = settings.keys[key_].blob,
                                                 .client_host = settings.client_host,
                                                 .client_user = settings.client_user,
                                                 .signature = signature});
    send_request(method::hostbased, details);
    open_.back().key = key_;
}

// A signature that names the server's key cannot be passed on to another server, even by one who holds the session.
std::string_view ClientAuth::key_method() const
{
    bool bound = transport_.peer_takes_hostbound() && settings_.bound_keys != BoundKeys::never;
    return bound ? method::publickey_hostbound : method::publickey;
}

bool ClientAuth::may_offer_keys() const
{
    return settings_.bound_keys != BoundKeys::always || transport_.peer_takes_hostbound();
}

ClientAuth::Step ClientAuth::on_pk_ok(Bytes payload)
{
    auto reply = TRY(decode<UserauthPkOk>(payload));
    auto key = *open_.front().key;
    if (!same_bytes(reply.key, settings_.keys[key].blob))
        return peer_misbehaved("the server accepts a key that was not offered");
    tell("Server accepts key", settings_.keys[key]);
    open_.pop_front();
    accepted_.push_back(key);
    return open_.empty() ? try_key() : Step{std::nullopt};
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_key(std::optional<ByteVector> blob)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (!blob || blob->empty()) {
        ++next_key_;
        note({method::publickey, key_}, "could not be opened");
        return try_next();
    }
    auto& candidate = settings_.keys[key_];
    candidate.blob = std::move(*blob);
    candidate.signs_freely = true;
    return try_key();
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_signature(std::optional<ByteVector> signature)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (!signature) {
        note({is_for_host_ ? method::hostbased : method::publickey, key_}, "could not sign with it");
        return try_next();
    }
    if (is_for_host_) {
        send_host_key(*signature);
        return std::nullopt;
    }
    send_key(*signature);
    if (!flight_.early_channels || early_ != Early::none)
        return std::nullopt;
    early_ = Early::sent;
    return ClientAuthEvent{ChannelsMayOpen{}};
}

} // namespace nacre
