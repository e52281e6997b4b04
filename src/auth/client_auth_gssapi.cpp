// The method "gssapi-with-mic" on the client's side (RFC 4462 §3).
//
// Nothing is sent before there is a first token, so that whoever has no ticket for this server loses no round trip.
#include <fmt/format.h>

#include <utility>

#include "auth/client_auth.h"
#include "auth/gssapi.h"
#include "base/contract.h"
#include "base/text.h"

namespace nacre {

ClientAuth::Step ClientAuth::try_gssapi()
{
    gssapi_ = GssapiPhase::first_token_wanted;
    asks_ = true;
    return ClientAuthEvent{GssapiTokenNeeded{}};
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_gssapi_token(GssapiStep step)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (gssapi_ == GssapiPhase::over)
        return std::nullopt;                                      // the server has given up: its refusal comes
    bool failed = step.state == GssapiStep::State::failed;
    if (gssapi_ == GssapiPhase::first_token_wanted) {
        if (failed || step.token.empty()) {
            gssapi_ = GssapiPhase::over;
            return try_next();
        }
        gssapi_first_step_ = std::move(step);
        gssapi_ = GssapiPhase::requested;
        auto details = encode(GssapiRequest{{{to_vector(kerberos_mechanism)}}});
        send_request(method::gssapi_with_mic, details);
        return std::nullopt;
    }
    if (failed) {
        if (!step.token.empty())
            transport_.send(UserauthGssapiErrtok{step.token});
        return abandon_gssapi("the server's token was not good");
    }
    if (!step.token.empty())
        transport_.send(UserauthGssapiToken{step.token});
    return step.state == GssapiStep::State::established ? need_gssapi_mic() : Step{std::nullopt};
}

ClientAuth::Step ClientAuth::on_gssapi_response(Bytes payload)
{
    auto response = TRY(decode<UserauthGssapiResponse>(payload));
    if (gssapi_ != GssapiPhase::requested)
        return peer_misbehaved("a second choice of a mechanism of GSS-API");
    if (!same_bytes(response.mechanism, kerberos_mechanism))
        return peer_misbehaved("the server chose a mechanism of GSS-API that was not offered");
    gssapi_ = GssapiPhase::exchanging;
    auto first = std::exchange(gssapi_first_step_, {});
    transport_.send(UserauthGssapiToken{first.token});
    return first.state == GssapiStep::State::established ? need_gssapi_mic() : Step{std::nullopt};
}

ClientAuth::Step ClientAuth::on_gssapi_message(const IncomingMessage& message)
{
    switch (message.number.value) {
    case UserauthGssapiToken::number.value: return on_gssapi_token(message.payload);
    case UserauthGssapiErrtok::number.value: return on_gssapi_errtok(message.payload);
    default: return on_gssapi_error(message.payload);
    }
}

ClientAuth::Step ClientAuth::on_gssapi_token(Bytes payload)
{
    auto message = TRY(decode<UserauthGssapiToken>(payload));
    if (gssapi_ != GssapiPhase::exchanging)
        return peer_misbehaved("a token of GSS-API that was not asked for");
    if (message.token.empty() || message.token.size() > gssapi_limits::token ||
        ++gssapi_tokens_ > gssapi_limits::tokens)
        return peer_misbehaved("too many or too long tokens of GSS-API");
    asks_ = true;
    return ClientAuthEvent{GssapiTokenNeeded{message.token}};
}

// For people; what becomes of the login, another message says.
ClientAuth::Step ClientAuth::on_gssapi_error(Bytes payload)
{
    auto error = TRY(decode<UserauthGssapiError>(payload));
    log_.debug1("the server about GSS-API: {}", printable(error.message));
    return std::nullopt;
}

// The mechanism knows what it says, and the edge can tell; then comes the refusal.
ClientAuth::Step ClientAuth::on_gssapi_errtok(Bytes payload)
{
    auto message = TRY(decode<UserauthGssapiErrtok>(payload));
    if (gssapi_ != GssapiPhase::exchanging)
        return peer_misbehaved("an error of GSS-API where nothing is under way");
    if (message.token.empty() || message.token.size() > gssapi_limits::token)
        return peer_misbehaved("an error token of GSS-API of a length that is none");
    gssapi_ = GssapiPhase::over;
    asks_ = true;
    return ClientAuthEvent{GssapiTokenNeeded{message.token, true}};
}

ClientAuth::Step ClientAuth::need_gssapi_mic()
{
    gssapi_ = GssapiPhase::proving;
    to_sign_ = encode(
        GssapiClaim{.session_id = transport_.session_id(), .user = settings_.user, .service = service::connection});
    asks_ = true;
    return ClientAuthEvent{GssapiMicNeeded{to_sign_}};
}

Result<std::optional<ClientAuthEvent>> ClientAuth::answer_gssapi_mic(std::optional<ByteVector> mic)
{
    NACRE_EXPECTS(asks_);
    asks_ = false;
    if (!mic || mic->empty())
        return abandon_gssapi("no MIC could be made");
    transport_.send(UserauthGssapiMic{*mic});
    return std::nullopt;
}

// The server answers nothing to a method that is given up; the next request abandons it (RFC 4252 §5.1).
ClientAuth::Step ClientAuth::abandon_gssapi(std::string why)
{
    note({method::gssapi_with_mic}, std::move(why));
    gssapi_ = GssapiPhase::over;
    open_.clear();
    return try_next();
}

} // namespace nacre
