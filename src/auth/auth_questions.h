// What the server's authenticator cannot know, as questions, and the answers to them.
//
// These are declared messages: in sshd they cross the fence between the network process and
// the monitor exactly as they stand here, so this file is also the privilege-separation
// protocol before login.  Views point into the packet, or the answer, they came in.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "messages/auth.h"
#include "wire/fields.h"

namespace nacre {

// ---- questions -------------------------------------------------------------------------

// Asked once, by the first request: the user and service cannot change afterwards.  → Welcome
struct WhoIs {
    static constexpr std::string_view name = "who-is";
    static constexpr MessageNumber number{1};
    std::string_view user;
    std::string_view service;
    using fields = Fields<&WhoIs::user, &WhoIs::service>;
};

// Method "none" (RFC 4252 §5.2).  → Verdict
struct TryNone {
    static constexpr std::string_view name = "try-none";
    static constexpr MessageNumber number{2};
    using fields = Fields<>;
};

// A key without a signature: would it do?  → KeyVerdict
struct MayUseKey {
    static constexpr std::string_view name = "may-use-key";
    static constexpr MessageNumber number{3};
    std::string_view algorithm;
    Bytes key;
    using fields = Fields<&MayUseKey::algorithm, &MayUseKey::key>;
};

// A key with a signature.  Whoever answers builds the signed bytes from its own record of session, user and service
// (auth/publickey.h), never from what is passed here.  → Verdict
struct CheckSignature {
    static constexpr std::string_view name = "check-signature";
    static constexpr MessageNumber number{4};
    std::string_view method;                                      // "publickey", or the hostbound form of it
    std::string_view algorithm;
    Bytes key;
    Bytes signature;
    using fields = Fields<&CheckSignature::method, &CheckSignature::algorithm, &CheckSignature::key,
                          &CheckSignature::signature>;
};

// → Verdict, or PasswordExpired
struct CheckPassword {
    static constexpr std::string_view name = "check-password";
    static constexpr MessageNumber number{5};
    SecretText password;
    bool change = false;
    SecretText new_password;                                      // when `change`
    using fields = Fields<&CheckPassword::password, &CheckPassword::change, &CheckPassword::new_password>;
};

// keyboard-interactive begins (RFC 4256 §3.1).  → Prompts, or Verdict
struct StartPrompts {
    static constexpr std::string_view name = "start-prompts";
    static constexpr MessageNumber number{6};
    std::string_view submethods;
    using fields = Fields<&StartPrompts::submethods>;
};

// As many as the peer gave, whose number may be wrong: that is a failure (RFC 4256 §3.4).  → Prompts, or Verdict
struct AnswerPrompts {
    static constexpr std::string_view name = "answer-prompts";
    static constexpr MessageNumber number{7};
    Repeated<SecretText> answers;
    using fields = Fields<&AnswerPrompts::answers>;
};

// A host's key, with a signature that is checked as that of CheckSignature is.  → Verdict
struct CheckHostbased {
    static constexpr std::string_view name = "check-hostbased";
    static constexpr MessageNumber number{8};
    std::string_view algorithm;
    Bytes key;
    std::string_view client_host;                                 // as signed
    std::string_view client_user;
    Bytes signature;
    using fields = Fields<&CheckHostbased::algorithm, &CheckHostbased::key, &CheckHostbased::client_host,
                          &CheckHostbased::client_user, &CheckHostbased::signature>;
};

// gssapi-with-mic begins (RFC 4462 §3.2), with Kerberos.  → GssapiReady, or Verdict
struct StartGssapi {
    static constexpr std::string_view name = "start-gssapi";
    static constexpr MessageNumber number{9};
    using fields = Fields<>;
};

// → GssapiToken
struct StepGssapi {
    static constexpr std::string_view name = "step-gssapi";
    static constexpr MessageNumber number{10};
    Bytes token;                                                  // gssapi_limits::token bytes at most
    using fields = Fields<&StepGssapi::token>;
};

// Whoever answers builds the protected bytes from its own record of session, user and service (auth/gssapi.h).
// → Verdict
struct CheckMic {
    static constexpr std::string_view name = "check-mic";
    static constexpr MessageNumber number{11};
    Bytes mic;                                                    // empty: the client says that it cannot make one
    using fields = Fields<&CheckMic::mic>;
};

// Whatever is asked.
using AuthQuestion = std::variant<WhoIs, TryNone, MayUseKey, CheckSignature, CheckPassword, StartPrompts, AnswerPrompts,
                                  CheckHostbased, StartGssapi, StepGssapi, CheckMic>;

// ---- answers ---------------------------------------------------------------------------

// The same for users who exist and for those who do not.
struct Welcome {
    static constexpr std::string_view name = "welcome";
    static constexpr MessageNumber number{20};
    std::string_view methods;                                     // name-list: what can continue
    std::string_view banner;                                      // empty: none
    std::uint32_t most_failures = 6;                              // MaxAuthTries
    std::string_view server_sig_algs;                             // name-list: what this user may sign with
    using fields = Fields<&Welcome::methods, &Welcome::banner, &Welcome::most_failures, &Welcome::server_sig_algs>;
};

struct KeyVerdict {                                               // whether a key would do, were it signed with
    static constexpr std::string_view name = "key-verdict";
    static constexpr MessageNumber number{21};
    bool acceptable = false;
    using fields = Fields<&KeyVerdict::acceptable>;
};

// What one request has led to; partial: more is wanted.
enum class AuthOutcome : std::uint8_t { failure = 0, partial = 1, success = 2 };   // zero is "no"

struct Verdict {                                                  // how a request ended
    static constexpr std::string_view name = "verdict";
    static constexpr MessageNumber number{22};
    AuthOutcome outcome = AuthOutcome::failure;
    std::string_view methods;                                     // what can continue, unless success
    bool is_our_fault = false;                                    // a failure that is not counted against the peer
    using fields = Fields<&Verdict::outcome, &Verdict::methods, &Verdict::is_our_fault>;
};

struct Prompts {                                                  // what keyboard-interactive asks next
    static constexpr std::string_view name = "prompts";
    static constexpr MessageNumber number{23};
    std::string_view title;
    std::string_view instruction;
    Repeated<Prompt> prompts;
    using fields = Fields<&Prompts::title, &Prompts::instruction, &Prompts::prompts>;
};

struct PasswordExpired {                                          // the password is right and must be changed first
    static constexpr std::string_view name = "password-expired";
    static constexpr MessageNumber number{24};
    std::string_view prompt;
    using fields = Fields<&PasswordExpired::prompt>;
};

struct GssapiReady {                                              // the exchange of tokens may begin
    static constexpr std::string_view name = "gssapi-ready";
    static constexpr MessageNumber number{25};
    using fields = Fields<>;
};

enum class GssapiState : std::uint8_t { failed = 0, goes_on = 1, established = 2 };   // of that exchange

// After `failed` nothing else comes: it was a failure of the method.
struct GssapiToken {                                              // how the exchange stands, and what to send
    static constexpr std::string_view name = "gssapi-token";
    static constexpr MessageNumber number{26};
    GssapiState state = GssapiState::failed;
    Bytes token;                                                  // for the peer; empty: none
    using fields = Fields<&GssapiToken::state, &GssapiToken::token>;
};

// Whatever is answered.
using AuthAnswer = std::variant<Welcome, KeyVerdict, Verdict, Prompts, PasswordExpired, GssapiReady, GssapiToken>;

} // namespace nacre
