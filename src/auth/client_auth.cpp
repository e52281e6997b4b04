#include "auth/client_auth.h"

#include <fmt/format.h>

#include <utility>

#include "auth/methods.h"
#include "auth/publickey.h"
#include "base/contract.h"
#include "base/text.h"
#include "keys/fingerprint.h"
#include "keys/public_key.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

constexpr unsigned most_partial_successes = 10;                   // a server that never ends does not hold us
constexpr std::size_t most_prompts = 64;

} // namespace

std::vector<std::size_t> order_of_offers(const std::vector<CandidateKey>& keys)
{
    std::vector<std::size_t> order;
    for (auto [refused, worked] : {std::pair{false, true}, std::pair{false, false}, std::pair{true, true}, std::pair{true, false}})
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (keys[i].was_refused == refused && keys[i].worked_last_time == worked)
                order.push_back(i);
    return order;
}

ClientAuth::ClientAuth(Transport& below, ClientAuthSettings settings, Log& log)
    : transport_(below), settings_(std::move(settings)), log_(log), host_keys_(std::move(settings_.hostbased)),
      order_(order_of_offers(settings_.keys))
{
}

FlightFacts ClientAuth::facts() const
{
    auto methods = split(settings_.preferred_methods, ',');
    if (!settings_.has_ticket)
        std::erase(methods, method::gssapi_with_mic);             // will not be tried
    FlightFacts facts{.haste = settings_.haste,
                      .peer_version = transport_.peer_version(),
                      .ext_info_heard = transport_.heard_ext_info(),
                      .sig_algs_heard = !transport_.server_sig_algs().empty(),
                      .keys_come_first = !methods.empty() && methods.front() == method::publickey,
                      .keys = may_offer_keys() ? settings_.keys.size() : 0};
    if (auto* agreed = transport_.agreed())
        facts.delayed_compression =
            agreed->client_to_server.compression->delayed || agreed->server_to_client.compression->delayed;
    if (facts.keys == 0)
        return facts;
    auto& first = settings_.keys[order_.front()];
    auto key = PublicKey::from_blob(first.blob);
    facts.first_key = {.worked_last_time = first.worked_last_time,
                       .signs_quietly = first.signs_freely || first.signed_quietly_last_time,
                       .has_algorithm = !algorithm_for(first.blob).empty(),
                       .is_rsa = key && key->type().plain_kind == KeyKind::rsa};
    return facts;
}

// The service request and the first request in one flight: the server answers the second once it has accepted the first.
ClientAuth::Step ClientAuth::start()
{
    flight_ = plan_login_flight(facts());
    transport_.send(ServiceRequest{service::userauth});
    if (!flight_.why_none.empty() && settings_.haste.allowed)
        log_.debug2("login step by step: {}", flight_.why_none);
    else if (!flight_.why_no_channels.empty())
        log_.debug2("the session waits for the login: {}", flight_.why_no_channels);
    if (flight_.ask == FirstAsk::signature) {
        tell_method(method::publickey);
        take_key();
        tell("Offering public key", settings_.keys[key_]);
        return need_signature(key_);
    }
    send_request(method::none, {});
    if (flight_.ask == FirstAsk::probes) {
        tell_method(method::publickey);
        probe_keys();
    }
    return std::nullopt;
}

Result<std::optional<ClientAuthEvent>> ClientAuth::receive(const IncomingMessage& message)
{
    NACRE_EXPECTS(!asks_);
    switch (message.number.value) {
    case ServiceAccept::number.value:
        log_.debug1("SSH2_MSG_SERVICE_ACCEPT received");
        return std::nullopt;
    case UserauthBanner::number.value: {
        auto banner = TRY(decode<UserauthBanner>(message.payload));
        return ClientAuthEvent{BannerShown{banner.text}};
    }
    case UserauthSuccess::number.value:
        return on_success(message.payload);
    case UserauthFailure::number.value:
        return on_failure(message.payload);
    case UserauthPkOk::number.value:
        return on_method_reply(message.payload);
    case UserauthGssapiToken::number.value:
    case UserauthGssapiError::number.value:
    case UserauthGssapiErrtok::number.value:
        if (method_under_way() == method::gssapi_with_mic)
            return on_gssapi_message(message);
        break;
    default:
        break;
    }
    transport_.unimplemented(message);
    return std::nullopt;
}

// Requests that are still under way are ignored by the server from here on (RFC 4252 §5.1).
ClientAuth::Step ClientAuth::on_success(Bytes payload)
{
    TRY(decode<UserauthSuccess>(payload));
    if (open_.empty() || is_held())
        return peer_misbehaved("a login succeeded that was not asked for");
    auto request = open_.front();
    note(request, "accepted");
    transport_.authenticated();
    auto key = request.method == method::publickey ? request.key : std::nullopt;
    return ClientAuthEvent{LoggedIn{std::string{request.method}, key, partial_successes_ > 0}};
}

ClientAuth::Step ClientAuth::on_failure(Bytes payload)
{
    auto failure = TRY(decode<UserauthFailure>(payload));
    if (open_.empty() || is_held())
        return peer_misbehaved("a login was refused that was not asked for");
    can_continue_ = failure.can_continue;
    log_.debug1("Authentications that can continue: {}", printable(can_continue_));
    auto request = open_.front();
    open_.pop_front();
    bool wanted = failure.partial_success || list_contains(can_continue_, method::publickey);
    if (request.method == method::publickey && request.key && !wanted)
        unjudged_.push_back(*request.key);
    if (request.method == method::gssapi_with_mic)
        gssapi_ = GssapiPhase::over;
    if (failure.partial_success) {
        note(request, "accepted, more is required");
        if (++partial_successes_ > most_partial_successes)
            return peer_misbehaved("the server asks for more and more authentications");
        log_.verbose("Authenticated using \"{}\" with partial success.", request.method);
        passwords_tried_ = prompts_tried_ = 0;
        prompts_seen_ = false;
        offer_unjudged_keys();
    } else if (request.method != method::none) {
        if (request.method == method::publickey && request.key)
            refused_keys_.push_back(*request.key);
        refused_secret_ = refused_secret_ || is_secret(request);
        note(request, "refused by the server");
    }
    if (!open_.empty())
        return std::nullopt;                                      // more answers of this flight are on their way
    if (early_login_is_open()) {
        early_ = Early::held;
        return ClientAuthEvent{EarlyLoginRefused{}};
    }
    return try_next();
}

ClientAuth::Step ClientAuth::go_on()
{
    NACRE_EXPECTS(is_held());
    early_ = Early::settled;
    return try_next();
}

ClientAuth::Step ClientAuth::try_next()
{
    // A flight that began with a signature has skipped it; some accounts need nothing else.
    if (!tried_none_ && partial_successes_ == 0) {
        send_request(method::none, {});
        return std::nullopt;
    }
    for (auto name : split(settings_.preferred_methods, ','))
        if (list_contains(can_continue_, name) && has_left(name))
            return try_method(name);
    return not_permitted(fmt::format("Permission denied ({}).", printable(can_continue_)),
                         DisconnectReason::no_more_auth_methods_available);
}

bool ClientAuth::has_left(std::string_view method) const
{
    if (method == method::publickey)
        return may_offer_keys() && (!accepted_.empty() || next_key_ < order_.size());
    if (method == method::hostbased)
        return host_keys_.has_next();
    if (method == method::gssapi_with_mic)
        return settings_.has_ticket && gssapi_ == GssapiPhase::untried;
    if (method == method::keyboard_interactive)
        return !prompts_given_up_ && prompts_tried_ < settings_.password_prompts && (prompts_tried_ == 0 || prompts_seen_);
    return method == method::password && !password_given_up_ && passwords_tried_ < settings_.password_prompts;
}

ClientAuth::Step ClientAuth::try_method(std::string_view method)
{
    NACRE_EXPECTS(has_left(method));
    tell_method(method);
    if (method == method::publickey)
        return try_key();
    if (method == method::hostbased)
        return try_host_key();
    if (method == method::gssapi_with_mic)
        return try_gssapi();
    if (method == method::keyboard_interactive)
        return try_prompts();
    asks_ = true;
    return ClientAuthEvent{PasswordNeeded{passwords_tried_++}};
}

ClientAuth::Step ClientAuth::try_prompts()
{
    ++prompts_tried_;
    ByteVector details = encode(KeyboardInteractiveRequest{"", settings_.prompt_devices});
    send_request(method::keyboard_interactive, details);
    return std::nullopt;
}

void ClientAuth::send_request(std::string_view method, Bytes details)
{
    tried_none_ = tried_none_ || method == method::none;
    transport_.send(UserauthRequest{settings_.user, service::connection, method, Rest{details}});
    open_.push_back({method});
}

ClientAuth::Step ClientAuth::on_method_reply(Bytes payload)
{
    auto method = method_under_way();
    if (method == method::publickey && !open_.front().is_signed)
        return on_pk_ok(payload);
    if (method == method::keyboard_interactive)
        return on_prompts(payload);
    if (method == method::gssapi_with_mic)
        return on_gssapi_response(payload);
    if (method == method::password) {
        auto request = TRY(decode<UserauthPasswdChangereq>(payload));
        open_.pop_front();
        asks_ = true;
        return ClientAuthEvent{NewPasswordNeeded{request.prompt}};
    }
    return peer_misbehaved("a reply to a method that was not tried");
}

ClientAuth::Step ClientAuth::on_prompts(Bytes payload)
{
    auto request = TRY(decode<UserauthInfoRequest>(payload));
    if (request.prompts.items.size() > most_prompts)
        return peer_misbehaved("too many prompts");
    prompts_open_ = request.prompts.items.size();
    prompts_seen_ = true;
    asks_ = true;
    return ClientAuthEvent{PromptsNeeded{request.title, request.instruction, std::move(request.prompts.items)}};
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_password(std::optional<SecretBytes> password)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (!password) {
        note({method::password}, "no password was given");
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
        note({method::password}, "the password was not changed");
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
        note({method::keyboard_interactive}, "no answers were given");
        open_.clear();                                            // the next request abandons the prompts (RFC 4256 §3.1)
        prompts_given_up_ = true;
        return try_next();
    }
    UserauthInfoResponse response;
    for (auto& answer : *answers)
        response.answers.items.push_back(SecretText{answer.text()});
    transport_.send(response);
    return std::nullopt;
}

bool ClientAuth::is_secret(const Request& request) const
{
    return request.method == method::password || (request.method == method::keyboard_interactive && prompts_seen_);
}

bool ClientAuth::gave_secret() const { return refused_secret_ || (!open_.empty() && is_secret(open_.front())); }

bool ClientAuth::failed_too_often() const
{
    bool was_refused = gave_secret() || !refused_keys_.empty();
    return was_refused && transport_.peer_said_goodbye() && early_login_is_settled();
}

bool ClientAuth::may_go_further() const
{
    bool has_more_keys = !accepted_.empty() || open_.size() > 1 || next_key_ < order_.size();
    // Behind a signature servers count "none" as a failure, which they do not where it comes first.
    bool lost_a_try = flight_.ask == FirstAsk::signature && tried_none_;
    return failed_too_often() && (has_more_keys || lost_a_try) && !gave_secret();
}

std::vector<ByteVector> ClientAuth::judged_keys() const
{
    auto judged = refused_keys_;
    if (failed_too_often() && !open_.empty() && open_.front().method == method::publickey && open_.front().key)
        judged.push_back(*open_.front().key);
    std::vector<ByteVector> blobs;
    for (auto key : judged)
        blobs.push_back(settings_.keys[key].blob);
    return blobs;
}

// Once as long as it lasts.
void ClientAuth::tell_method(std::string_view method)
{
    if (method == told_method_)
        return;
    told_method_ = method;
    log_.debug1("Next authentication method: {}", method);
}

void ClientAuth::tell(std::string_view what, const CandidateKey& candidate)
{
    auto key = PublicKey::from_blob(candidate.blob);
    if (key && log_.wants(LogLevel::debug1))
        log_.debug1("{}: {} {} {}{}", what, candidate.name, key->type().short_name, fingerprint(*key),
                    candidate.in_agent ? " agent" : "");
}

void ClientAuth::note(const Request& request, std::string outcome)
{
    std::string with;
    if (request.key && request.method == method::hostbased)
        with = host_keys_.settings().keys[*request.key].name;
    else if (request.key)
        with = settings_.keys[*request.key].name;
    attempts_.push_back({std::string{request.method}, std::move(with), std::move(outcome)});
}

} // namespace nacre
