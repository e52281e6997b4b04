// The method "gssapi-with-mic" on the server's side (RFC 4462 §3): its order and its bounds.
//
// Tokens go to whoever holds the keytab and come from there.  A new request of the client abandons what is under way
// (ServerAuth::on_request).
#include <algorithm>

#include "auth/gssapi.h"
#include "auth/server_auth.h"
#include "base/contract.h"

namespace nacre {

ServerAuth::Step ServerAuth::on_gssapi(Bytes details)
{
    auto request = TRY(decode<GssapiRequest>(details));
    auto& offered = request.mechanisms.items;
    if (offered.size() > gssapi_limits::mechanisms)
        return peer_misbehaved("too many mechanisms of GSS-API");
    if (std::ranges::none_of(offered, [](auto& one) { return same_bytes(one, kerberos_mechanism); }))
        return refuse(methods_, false);
    return ask(StartGssapi{});
}

ServerAuth::Step ServerAuth::on(const GssapiReady&)
{
    transport_.send(UserauthGssapiResponse{kerberos_mechanism});
    gssapi_ = AwaitedOfGssapi::token;
    gssapi_tokens_ = 0;
    return std::nullopt;
}

ServerAuth::Step ServerAuth::on_gssapi_token(Bytes payload)
{
    auto message = TRY(decode<UserauthGssapiToken>(payload));
    gssapi_ = AwaitedOfGssapi::nothing;
    if (message.token.size() > gssapi_limits::token || ++gssapi_tokens_ > gssapi_limits::tokens)
        return refuse(methods_, false);
    return ask(StepGssapi{message.token});
}

ServerAuth::Step ServerAuth::on(const GssapiToken& answer)
{
    if (answer.state == GssapiState::failed) {
        if (!answer.token.empty())
            transport_.send(UserauthGssapiErrtok{answer.token});
        return refuse(methods_, false);
    }
    if (!answer.token.empty())
        transport_.send(UserauthGssapiToken{answer.token});
    gssapi_ = answer.state == GssapiState::established ? AwaitedOfGssapi::mic : AwaitedOfGssapi::token;
    return std::nullopt;
}

// The client has given up.  OpenSSH's has sent its next request behind this by now and takes the next failure as the
// answer to that one, so there is no answer to this.
ServerAuth::Step ServerAuth::on_gssapi_errtok(Bytes payload)
{
    auto message = TRY(decode<UserauthGssapiErrtok>(payload));
    log_.debug1("the client could not use our token of GSS-API: {} bytes of an error token", message.token.size());
    gssapi_ = AwaitedOfGssapi::nothing;
    return std::nullopt;
}

// Kerberos can make a MIC, so nobody needs to do without.  The question gets the refusal logged and counted.
ServerAuth::Step ServerAuth::on_gssapi_complete(Bytes payload)
{
    TRY(decode<UserauthGssapiExchangeComplete>(payload));
    gssapi_ = AwaitedOfGssapi::nothing;
    return ask(CheckMic{});
}

ServerAuth::Step ServerAuth::on_gssapi_mic(Bytes payload)
{
    auto message = TRY(decode<UserauthGssapiMic>(payload));
    gssapi_ = AwaitedOfGssapi::nothing;
    if (message.mic.size() > gssapi_limits::mic)
        return refuse(methods_, false);
    return ask(CheckMic{message.mic});
}

} // namespace nacre
