// The server's side of authentication (RFC 4252): a state machine that asks.
//
// It decides nothing: who may log in, and how, is answered from outside (auth_questions.h).
// It keeps the order: one request at a time, one user, one service, a bounded number of failures.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "auth/auth_questions.h"
#include "base/log.h"
#include "transport/transport.h"

namespace nacre {

struct Authenticated {                                            // somebody has logged in
    std::string user;
};

using AuthStep = std::variant<AuthQuestion, Authenticated>;       // what there is to be asked or told

class ServerAuth {                                                // of one connection
public:
    // The transport must live longer.
    ServerAuth(Transport& below, Log& log) : transport_(below), log_(log) {}

    // SERVICE_REQUEST and the numbers 50–79.  While a question is open nothing may be received.
    Result<std::optional<AuthStep>> receive(const IncomingMessage& message);
    Result<std::optional<AuthStep>> answer(const AuthAnswer& answer);   // to the question that is open

    bool asks() const { return asks_; }                           // a question is open

private:
    using Step = Result<std::optional<AuthStep>>;
    Step on_service_request(Bytes payload);
    Step on_request(Bytes payload);
    Step on_method(std::string_view method, Bytes details);
    Step on_publickey(std::string_view method, Bytes details);
    Step on_hostbased(Bytes details);
    Step on_password(Bytes details);
    Step on_info_response(Bytes payload);
    // server_auth_gssapi.cpp
    Step on_gssapi(Bytes details);
    Step on_gssapi_token(Bytes payload);
    Step on_gssapi_errtok(Bytes payload);
    Step on_gssapi_complete(Bytes payload);
    Step on_gssapi_mic(Bytes payload);

    Step on(const Welcome&);
    Step on(const KeyVerdict&);
    Step on(const Verdict&);
    Step on(const Prompts&);
    Step on(const PasswordExpired&);
    Step on(const GssapiReady&);
    Step on(const GssapiToken&);

    Step ask(AuthQuestion question);
    enum class Blame { theirs, ours };                            // ours: not counted
    Step refuse(std::string_view methods, bool partial, Blame blame = Blame::theirs);

    Transport& transport_;
    Log& log_;
    bool service_accepted_ = false;
    bool asks_ = false;
    bool user_is_known_ = false;                                  // by the first request, for good, as is the service
    std::string user_, service_;
    std::string methods_;                                         // what can continue
    std::string method_;                                          // of the request under way
    ByteVector first_request_;                                    // kept while WhoIs is asked
    ByteVector key_;                                              // of a query under way, for PK_OK
    std::string algorithm_;
    bool awaiting_answers_ = false;
    enum class AwaitedOfGssapi { nothing, token, mic } gssapi_ = AwaitedOfGssapi::nothing;
    unsigned gssapi_tokens_ = 0;                                  // that came for the method under way
    std::uint32_t most_failures_ = 6;
    std::uint32_t failures_ = 0;
    bool tried_any_ = false, is_first_request_ = false, tried_none_ = false;
};

} // namespace nacre
