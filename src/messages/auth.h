// Messages of user authentication: RFC 4252, RFC 4256, RFC 4462 §3.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/fields.h"

namespace nacre {

// RFC 4252 §5  Authentication Requests
struct UserauthRequest {
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_REQUEST";
    static constexpr MessageNumber number{50};
    std::string_view user;
    std::string_view service;
    std::string_view method;
    Rest details;                                                 // one of the structs below, by `method`
    using fields = Fields<&UserauthRequest::user, &UserauthRequest::service, &UserauthRequest::method,
                          &UserauthRequest::details>;
};

// RFC 4252 §5.1  Responses to Authentication Requests
struct UserauthFailure {
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_FAILURE";
    static constexpr MessageNumber number{51};
    std::string_view can_continue;                                // name-list
    bool partial_success = false;
    using fields = Fields<&UserauthFailure::can_continue, &UserauthFailure::partial_success>;
};
struct UserauthSuccess {                                          // the login is done
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_SUCCESS";
    static constexpr MessageNumber number{52};
    using fields = Fields<>;
};

// RFC 4252 §5.4  Banner Message
struct UserauthBanner {
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_BANNER";
    static constexpr MessageNumber number{53};
    std::string_view text;
    std::string_view language;
    using fields = Fields<&UserauthBanner::text, &UserauthBanner::language>;
};

// RFC 4252 §7  Public Key Authentication Method: "publickey"
struct PublickeyRequest {
    static constexpr std::string_view name = "publickey";
    bool has_signature = false;
    std::string_view algorithm;
    Bytes key;
    Rest signature;                                               // a string, when has_signature
    using fields = Fields<&PublickeyRequest::has_signature, &PublickeyRequest::algorithm, &PublickeyRequest::key,
                          &PublickeyRequest::signature>;
};
struct UserauthPkOk {                                             // the key would do
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_PK_OK";
    static constexpr MessageNumber number{60};
    std::string_view algorithm;
    Bytes key;
    using fields = Fields<&UserauthPkOk::algorithm, &UserauthPkOk::key>;
};

// RFC 4252 §8  Password Authentication Method: "password"
struct PasswordRequest {
    static constexpr std::string_view name = "password";
    bool change = false;
    SecretText password;
    Rest new_password;                                            // a string, when change
    using fields = Fields<&PasswordRequest::change, &PasswordRequest::password, &PasswordRequest::new_password>;
};
struct UserauthPasswdChangereq {                                  // the password must be changed first
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_PASSWD_CHANGEREQ";
    static constexpr MessageNumber number{60};
    std::string_view prompt;
    std::string_view language;
    using fields = Fields<&UserauthPasswdChangereq::prompt, &UserauthPasswdChangereq::language>;
};

// RFC 4252 §9  Host-Based Authentication: "hostbased"
struct HostbasedRequest {
    static constexpr std::string_view name = "hostbased";
    std::string_view algorithm;
    Bytes key;                                                    // or certificate, of the client's host
    std::string_view client_host;
    std::string_view client_user;
    Bytes signature;
    using fields = Fields<&HostbasedRequest::algorithm, &HostbasedRequest::key, &HostbasedRequest::client_host,
                          &HostbasedRequest::client_user, &HostbasedRequest::signature>;
};

// RFC 4256 §3.1–§3.4  keyboard-interactive
struct KeyboardInteractiveRequest {
    static constexpr std::string_view name = "keyboard-interactive";
    std::string_view language;
    std::string_view submethods;
    using fields = Fields<&KeyboardInteractiveRequest::language, &KeyboardInteractiveRequest::submethods>;
};
struct Prompt {                                                   // one line that keyboard-interactive asks for
    static constexpr std::string_view name = "prompt";
    std::string text;
    bool echo = false;
    using fields = Fields<&Prompt::text, &Prompt::echo>;
};
struct UserauthInfoRequest {                                      // the server asks
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_INFO_REQUEST";
    static constexpr MessageNumber number{60};
    std::string_view title;
    std::string_view instruction;
    std::string_view language;
    Repeated<Prompt> prompts;
    using fields = Fields<&UserauthInfoRequest::title, &UserauthInfoRequest::instruction,
                          &UserauthInfoRequest::language, &UserauthInfoRequest::prompts>;
};
struct UserauthInfoResponse {                                     // the client answers
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_INFO_RESPONSE";
    static constexpr MessageNumber number{61};
    Repeated<SecretText> answers;
    using fields = Fields<&UserauthInfoResponse::answers>;
};

// RFC 4462 §3.2–§3.9  gssapi-with-mic
struct GssapiRequest {
    static constexpr std::string_view name = "gssapi-with-mic";
    Repeated<ByteVector> mechanisms;                              // object identifiers in DER
    using fields = Fields<&GssapiRequest::mechanisms>;
};
struct UserauthGssapiResponse {                                   // the mechanism that the server takes
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_GSSAPI_RESPONSE";
    static constexpr MessageNumber number{60};
    Bytes mechanism;
    using fields = Fields<&UserauthGssapiResponse::mechanism>;
};
struct UserauthGssapiToken {                                      // either way
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_GSSAPI_TOKEN";
    static constexpr MessageNumber number{61};
    Bytes token;
    using fields = Fields<&UserauthGssapiToken::token>;
};
// Instead of a MIC, where the mechanism cannot make one.
struct UserauthGssapiExchangeComplete {
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_GSSAPI_EXCHANGE_COMPLETE";
    static constexpr MessageNumber number{63};
    using fields = Fields<>;
};
struct UserauthGssapiError {                                      // for people
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_GSSAPI_ERROR";
    static constexpr MessageNumber number{64};
    std::uint32_t major_status = 0;
    std::uint32_t minor_status = 0;
    std::string_view message;
    std::string_view language;
    using fields = Fields<&UserauthGssapiError::major_status, &UserauthGssapiError::minor_status,
                          &UserauthGssapiError::message, &UserauthGssapiError::language>;
};
struct UserauthGssapiErrtok {                                     // for the other side's mechanism
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_GSSAPI_ERRTOK";
    static constexpr MessageNumber number{65};
    Bytes token;
    using fields = Fields<&UserauthGssapiErrtok::token>;
};
struct UserauthGssapiMic {                                        // proof of who has logged in
    static constexpr std::string_view name = "SSH_MSG_USERAUTH_GSSAPI_MIC";
    static constexpr MessageNumber number{66};
    Bytes mic;
    using fields = Fields<&UserauthGssapiMic::mic>;
};

} // namespace nacre
