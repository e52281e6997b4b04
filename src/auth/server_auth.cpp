#include "auth/server_auth.h"

#include <fmt/format.h>

#include <utility>

#include "auth/hostbased.h"
#include "auth/methods.h"
#include "base/contract.h"
#include "base/text.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

constexpr std::size_t longest_password = 1024;                    // bytes; longer ones are refused unread
constexpr std::size_t longest_user_name = 1024;
constexpr std::size_t most_prompts = 64;

} // namespace

Result<std::optional<AuthStep>> ServerAuth::receive(const IncomingMessage& message)
{
    NACRE_EXPECTS(!asks_);
    switch (message.number.value) {
    case ServiceRequest::number.value:
        return on_service_request(message.payload);
    case UserauthRequest::number.value:
        if (!service_accepted_)
            return peer_misbehaved("an authentication request before the service was requested");
        return on_request(message.payload);
    case UserauthInfoResponse::number.value:                      // or a token of GSS-API
        if (gssapi_ == AwaitedOfGssapi::token)
            return on_gssapi_token(message.payload);
        if (awaiting_answers_)
            return on_info_response(message.payload);
        return peer_misbehaved("answers to prompts that were not sent");
    case UserauthGssapiErrtok::number.value:
        if (gssapi_ == AwaitedOfGssapi::token)
            return on_gssapi_errtok(message.payload);
        break;
    case UserauthGssapiExchangeComplete::number.value:
        if (gssapi_ == AwaitedOfGssapi::mic)
            return on_gssapi_complete(message.payload);
        break;
    case UserauthGssapiMic::number.value:
        if (gssapi_ == AwaitedOfGssapi::mic)
            return on_gssapi_mic(message.payload);
        break;
    default:
        break;
    }
    transport_.unimplemented(message);
    return std::nullopt;
}

ServerAuth::Step ServerAuth::on_service_request(Bytes payload)
{
    auto request = TRY(decode<ServiceRequest>(payload));
    if (request.service != service::userauth)
        return not_permitted(fmt::format("service '{}' is not available", printable(request.service)),
                             DisconnectReason::service_not_available);
    service_accepted_ = true;
    transport_.send(ServiceAccept{request.service});
    return std::nullopt;
}

ServerAuth::Step ServerAuth::on_request(Bytes payload)
{
    auto request = TRY(decode<UserauthRequest>(payload));
    awaiting_answers_ = false;                                    // RFC 4256 §3.1: a new request abandons open prompts
    gssapi_ = AwaitedOfGssapi::nothing;
    if (!std::exchange(user_is_known_, true)) {
        if (request.user.size() > longest_user_name || request.user.find('\0') != std::string_view::npos)
            return peer_misbehaved("the user name is too long or contains a NUL", DisconnectReason::illegal_user_name);
        user_ = request.user;
        service_ = request.service;
        first_request_ = to_vector(payload);
        return ask(WhoIs{user_, service_});
    }
    if (request.user != user_ || request.service != service_)
        return not_permitted("Change of username or service not allowed", DisconnectReason::protocol_error);
    log_.debug1("userauth-request for user {} service {} method {}", printable(user_), printable(service_),
                printable(request.method));
    return on_method(request.method, request.details.bytes);
}

ServerAuth::Step ServerAuth::on_method(std::string_view method, Bytes details)
{
    method_ = method;
    is_first_request_ = !std::exchange(tried_any_, true);
    if (method == method::none) {
        if (std::exchange(tried_none_, true))
            return refuse(methods_, false);
        return ask(TryNone{});
    }
    bool is_publickey = method == method::publickey || method == method::publickey_hostbound;
    if (!list_contains(methods_, is_publickey ? method::publickey : method))
        return refuse(methods_, false);
    if (is_publickey)
        return on_publickey(method, details);
    if (method == method::hostbased)
        return on_hostbased(details);
    if (method == method::password)
        return on_password(details);
    if (method == method::keyboard_interactive) {
        auto request = TRY(decode<KeyboardInteractiveRequest>(details));
        return ask(StartPrompts{request.submethods});
    }
    if (method == method::gssapi_with_mic)
        return on_gssapi(details);
    return refuse(methods_, false);
}

ServerAuth::Step ServerAuth::on_publickey(std::string_view method, Bytes details)
{
    Reader in{details};
    bool has_signature = in.boolean();
    auto algorithm = in.text();
    auto key = in.string();
    if (method == method::publickey_hostbound && !same_bytes(in.string(), transport_.host_key()))
        return peer_misbehaved("the key was meant for another server");
    Bytes signature = has_signature ? in.string() : Bytes{};
    TRY(in.finish("a publickey request"));
    if (has_signature)
        return ask(CheckSignature{method, algorithm, key, signature});
    algorithm_ = algorithm;
    key_ = to_vector(key);
    return ask(MayUseKey{algorithm, key});
}

ServerAuth::Step ServerAuth::on_hostbased(Bytes details)
{
    auto request = TRY(decode<HostbasedRequest>(details));
    if (request.client_host.contains('\0') || request.client_user.contains('\0'))
        return peer_misbehaved("a NUL in a name");
    if (request.client_host.size() > longest_client_host || request.client_user.size() > longest_client_user)
        return refuse(methods_, false);
    return ask(CheckHostbased{request.algorithm, request.key, request.client_host, request.client_user, request.signature});
}

ServerAuth::Step ServerAuth::on_password(Bytes details)
{
    Reader in{details};
    bool change = in.boolean();
    auto password = in.text();
    auto new_password = change ? in.text() : std::string_view{};
    TRY(in.finish("a password request"));
    if (password.size() > longest_password || new_password.size() > longest_password)
        return refuse(methods_, false);
    return ask(CheckPassword{SecretText{password}, change, SecretText{new_password}});
}

ServerAuth::Step ServerAuth::on_info_response(Bytes payload)
{
    auto response = TRY(decode<UserauthInfoResponse>(payload));
    awaiting_answers_ = false;
    return ask(AnswerPrompts{std::move(response.answers)});
}

ServerAuth::Step ServerAuth::ask(AuthQuestion question)
{
    asks_ = true;
    return AuthStep{std::move(question)};
}

Result<std::optional<AuthStep>> ServerAuth::answer(const AuthAnswer& answer)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    return std::visit([this](auto& a) { return on(a); }, answer);
}

ServerAuth::Step ServerAuth::on(const Welcome& welcome)
{
    transport_.announce_server_sig_algs(welcome.server_sig_algs);
    if (!welcome.banner.empty())
        transport_.send(UserauthBanner{welcome.banner, {}});
    methods_ = welcome.methods;
    most_failures_ = welcome.most_failures;
    auto request_bytes = std::exchange(first_request_, {});
    auto request = TRY(decode<UserauthRequest>(request_bytes));
    log_.debug1("userauth-request for user {} service {} method {}", printable(user_), printable(service_),
                printable(request.method));
    if (service_ != service::connection)
        return not_permitted(fmt::format("service '{}' is not available", printable(service_)),
                             DisconnectReason::service_not_available);
    first_request_ = std::move(request_bytes);                    // the question below may point into it
    return on_method(request.method, request.details.bytes);
}

ServerAuth::Step ServerAuth::on(const KeyVerdict& verdict)
{
    if (!verdict.acceptable)
        return refuse(methods_, false);
    transport_.send(UserauthPkOk{algorithm_, key_});
    return std::nullopt;
}

ServerAuth::Step ServerAuth::on(const Verdict& verdict)
{
    wipe(first_request_);
    first_request_.clear();
    switch (verdict.outcome) {
    case AuthOutcome::success:
        transport_.send(UserauthSuccess{});
        transport_.authenticated();
        return AuthStep{Authenticated{user_}};
    case AuthOutcome::partial:
        return refuse(verdict.methods, true);
    case AuthOutcome::failure:
        return refuse(verdict.methods, false, verdict.is_our_fault ? Blame::ours : Blame::theirs);
    }
    return refuse(methods_, false);
}

ServerAuth::Step ServerAuth::on(const Prompts& prompts)
{
    if (prompts.prompts.items.size() > most_prompts)
        return refuse(methods_, false);
    awaiting_answers_ = true;
    transport_.send(UserauthInfoRequest{prompts.title, prompts.instruction, {}, prompts.prompts});
    return std::nullopt;
}

ServerAuth::Step ServerAuth::on(const PasswordExpired& expired)
{
    transport_.send(UserauthPasswdChangereq{expired.prompt, {}});
    return std::nullopt;
}

ServerAuth::Step ServerAuth::refuse(std::string_view methods, bool partial, Blame blame)
{
    methods_ = std::string{methods};
    // Whoever begins by asking what is possible has tried nothing yet.
    bool is_free = is_first_request_ && method_ == method::none;
    bool counts = !partial && blame == Blame::theirs && !is_free;
    if (counts && ++failures_ >= most_failures_)
        return not_permitted("Too many authentication failures", DisconnectReason::no_more_auth_methods_available);
    transport_.send(UserauthFailure{methods_, partial});
    return std::nullopt;
}

} // namespace nacre
