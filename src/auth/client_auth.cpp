#include "auth/client_auth.h"

#include <fmt/format.h>

#include "auth/methods.h"
#include "auth/publickey.h"
#include "base/contract.h"
#include "base/text.h"
#include "keys/public_key.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

constexpr unsigned most_partial_successes = 10;                   // a server that never ends does not hold us
constexpr std::size_t most_prompts = 64;

} // namespace

ClientAuth::ClientAuth(Transport& below, ClientAuthSettings settings, Log& log)
    : transport_(below), settings_(std::move(settings)), log_(log), host_keys_(std::move(settings_.hostbased))
{
}

// Both in one flight: the server answers the second once it has accepted the first (RFC 4252 §5: "none" asks what is
// possible).
void ClientAuth::start()
{
    transport_.send(ServiceRequest{service::userauth});
    send_request(method::none, {});
}

Result<std::optional<ClientAuthEvent>> ClientAuth::receive(const IncomingMessage& message)
{
    NACRE_EXPECTS(!asks_);
    switch (message.number.value) {
    case ServiceAccept::number.value:
        return std::nullopt;
    case UserauthBanner::number.value: {
        auto banner = TRY(decode<UserauthBanner>(message.payload));
        return ClientAuthEvent{BannerShown{banner.text}};
    }
    case UserauthSuccess::number.value: {
        TRY(decode<UserauthSuccess>(message.payload));
        if (method_.empty())
            return peer_misbehaved("a login succeeded that was not asked for");
        note("accepted");
        transport_.authenticated();
        return ClientAuthEvent{LoggedIn{method_}};
    }
    case UserauthFailure::number.value:
        return on_failure(message.payload);
    case UserauthPkOk::number.value:
        return on_method_reply(message.payload);
    default:
        transport_.unimplemented(message);
        return std::nullopt;
    }
}

ClientAuth::Step ClientAuth::on_failure(Bytes payload)
{
    auto failure = TRY(decode<UserauthFailure>(payload));
    can_continue_ = failure.can_continue;
    log_.debug1("Authentications that can continue: {}", printable(can_continue_));
    if (failure.partial_success) {
        note("accepted, more is required");
        if (++partial_successes_ > most_partial_successes)
            return peer_misbehaved("the server asks for more and more authentications");
        log_.verbose("Authenticated using \"{}\" with partial success.", method_);
        passwords_tried_ = prompts_tried_ = 0;
    } else if (method_ != method::none) {
        note("refused by the server");
    }
    return try_next();
}

ClientAuth::Step ClientAuth::try_next()
{
    for (auto name : split(settings_.preferred_methods, ',')) {
        if (!list_contains(can_continue_, name))
            continue;
        if (name == method::publickey && next_key_ < settings_.keys.size())
            return try_key();
        if (name == method::hostbased)
            if (auto offer = host_keys_.next())
                return try_host_key(*offer);
        if (name == method::keyboard_interactive && !prompts_given_up_ && prompts_tried_ < settings_.password_prompts) {
            ++prompts_tried_;
            ByteVector details = encode(KeyboardInteractiveRequest{"", settings_.prompt_devices});
            send_request(name, details);
            return std::nullopt;
        }
        if (name == method::password && !password_given_up_ && passwords_tried_ < settings_.password_prompts) {
            method_ = name;
            asks_ = true;
            return ClientAuthEvent{PasswordNeeded{passwords_tried_++}};
        }
    }
    return give_up();
}

ClientAuth::Step ClientAuth::give_up()
{
    return not_permitted(fmt::format("Permission denied ({}).", printable(can_continue_)),
                         DisconnectReason::no_more_auth_methods_available);
}

// The name to sign under: RSA keys sign under several, and an old server knows only the oldest (RFC 8332 §3.3).  For
// other keys there is no choice, and a server that accepts more from this user than from others has announced less.
std::string_view ClientAuth::algorithm_for(Bytes key_blob) const
{
    auto key = PublicKey::from_blob(key_blob);
    if (!key)
        return {};
    for (auto name : split(settings_.pubkey_algorithms, ',')) {
        auto* row = find_signature_algorithm(name);
        if (!row || row->kind != key->kind())
            continue;
        auto known = transport_.server_sig_algs();
        bool has_choice = key_type(row->kind).plain_kind == KeyKind::rsa;
        if (!has_choice || known.empty() || list_contains(known, row->label) || list_contains(known, name))
            return row->name;
    }
    return {};
}

ClientAuth::Step ClientAuth::try_key()
{
    key_ = next_key_++;
    auto& candidate = settings_.keys[key_];
    method_ = method::publickey;
    algorithm_ = algorithm_for(candidate.blob);
    if (algorithm_.empty()) {
        note("no signature algorithm that both sides allow");
        log_.debug1("no mutual signature algorithm for {}", candidate.name);
        return try_next();
    }
    log_.debug1("Offering public key: {}", candidate.name);
    if (candidate.signs_freely)
        return need_signature();
    send_key({});
    return std::nullopt;
}

ClientAuth::Step ClientAuth::need_signature()
{
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
    send_request(key_method(), details);
    method_ = method::publickey;
}

// Every try is signed (RFC 4252 §9): there is no asking first whether a key would do.
ClientAuth::Step ClientAuth::try_host_key(const HostKeyOffers::Offer& offer)
{
    auto& settings = host_keys_.settings();
    key_ = offer.key;
    method_ = method::hostbased;
    algorithm_ = offer.algorithm;
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
}

// A signature that names the server's key cannot be passed on to another server, even by one who holds the session.
std::string_view ClientAuth::key_method() const
{
    return transport_.peer_takes_hostbound() ? method::publickey_hostbound : method::publickey;
}

void ClientAuth::send_request(std::string_view method, Bytes details)
{
    method_ = method;
    transport_.send(UserauthRequest{settings_.user, service::connection, method, Rest{details}});
}

ClientAuth::Step ClientAuth::on_method_reply(Bytes payload)
{
    if (method_ == method::publickey)
        return on_pk_ok(payload);
    if (method_ == method::keyboard_interactive)
        return on_prompts(payload);
    if (method_ == method::password) {
        auto request = TRY(decode<UserauthPasswdChangereq>(payload));
        asks_ = true;
        return ClientAuthEvent{NewPasswordNeeded{request.prompt}};
    }
    return peer_misbehaved("a reply to a method that was not tried");
}

ClientAuth::Step ClientAuth::on_pk_ok(Bytes payload)
{
    auto reply = TRY(decode<UserauthPkOk>(payload));
    if (!same_bytes(reply.key, settings_.keys[key_].blob))
        return peer_misbehaved("the server accepts a key that was not offered");
    log_.debug1("Server accepts key: {}", settings_.keys[key_].name);
    return need_signature();
}

ClientAuth::Step ClientAuth::on_prompts(Bytes payload)
{
    auto request = TRY(decode<UserauthInfoRequest>(payload));
    if (request.prompts.items.size() > most_prompts)
        return peer_misbehaved("too many prompts");
    prompts_open_ = request.prompts.items.size();
    asks_ = true;
    return ClientAuthEvent{PromptsNeeded{request.title, request.instruction, std::move(request.prompts.items)}};
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_signature(std::optional<ByteVector> signature)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (!signature) {
        note("could not sign with it");
        return try_next();
    }
    if (method_ == method::hostbased)
        send_host_key(*signature);
    else
        send_key(*signature);
    return std::nullopt;
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_password(std::optional<SecretBytes> password)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (!password) {
        note("no password was given");
        password_given_up_ = true;
        return try_next();
    }
    Buffer details;
    Writer{details}.boolean(false).string(password->text());
    send_request(method::password, details.data());
    return std::nullopt;
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_new_password(std::optional<SecretBytes> old_password,
                                                                       SecretBytes new_password)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (!old_password) {
        note("the password was not changed");
        password_given_up_ = true;
        return try_next();
    }
    Buffer details;
    Writer{details}.boolean(true).string(old_password->text()).string(new_password.text());
    send_request(method::password, details.data());
    return std::nullopt;
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_prompts(std::optional<std::vector<SecretBytes>> answers)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (!answers || answers->size() != prompts_open_) {
        note("no answers were given");
        prompts_given_up_ = true;
        return try_next();
    }
    UserauthInfoResponse response;
    for (auto& answer : *answers)
        response.answers.items.push_back(SecretText{answer.text()});
    transport_.send(response);
    return std::nullopt;
}

void ClientAuth::note(std::string outcome)
{
    std::string with;
    if (method_ == method::publickey)
        with = settings_.keys[key_].name;
    if (method_ == method::hostbased)
        with = host_keys_.settings().keys[key_].name;
    attempts_.push_back({method_, std::move(with), std::move(outcome)});
}

} // namespace nacre
