// The client's side of authentication (RFC 4252): tries methods in order, asks for what they need.
//
// Keys come as a list; passwords, answers and signatures are asked for one at a time, since
// they may need a person.  What leaves before the server's first answer, and whether channels
// may follow a signature, is login_flight's decision.  What was tried and how it ended is kept
// for the error that a person reads when nothing worked.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/gssapi.h"
#include "auth/hostbased.h"
#include "auth/login_flight.h"
#include "base/log.h"
#include "base/secret.h"
#include "messages/auth.h"
#include "transport/transport.h"

namespace nacre {

// A key that may be offered.
struct CandidateKey {
    ByteVector blob;                                              // empty: unknown until KeyNeeded is answered
    std::string name;                                             // for people: its path or comment
    // Whether signing costs nobody anything (a key in memory, no passphrase, no touch): then the signature is sent
    // with the first request instead of asking whether the key would do.
    bool signs_freely = false;
    bool in_agent = false;                                        // which may ask somebody before it signs
    // It opened this account last time: it is tried first, wherever it stands, and signs at once if that is quiet.
    bool worked_last_time = false;
    bool signed_quietly_last_time = false;
    bool was_refused = false;                                     // by a connection before this one: it is tried last
};

// Numbers of the keys, in the order in which they are offered.
std::vector<std::size_t> order_of_offers(const std::vector<CandidateKey>& keys);

// The two forms of publickey: the bound one names the server's key in what is signed (PubkeyAuthentication).
enum class BoundKeys { if_understood, never, always };

struct ClientAuthSettings {                                       // who logs in, by what, in which order
    std::string user;
    std::string preferred_methods;                                // name-list
    std::string pubkey_algorithms;                                // name-list: PubkeyAcceptedAlgorithms
    std::vector<CandidateKey> keys;
    BoundKeys bound_keys = BoundKeys::if_understood;
    unsigned password_prompts = 3;                                // NumberOfPasswordPrompts
    std::string prompt_devices{};                                 // name-list: KbdInteractiveDevices
    HostbasedSettings hostbased{};
    Haste haste{};
    bool has_ticket = false;                                      // for gssapi-with-mic
};

// Questions; each is answered by the call named there.
struct KeyNeeded {                                                // answer_key: its file tells nothing without a passphrase
    std::size_t key;                                              // index into settings.keys
};
struct SignatureNeeded {                                          // answer_signature
    std::size_t key;                                              // index into settings.keys
    std::string_view algorithm;
    Bytes data;
};
struct HostSignatureNeeded {                                      // answer_signature
    std::size_t key;                                              // index into settings.hostbased.keys
    std::string_view algorithm;
    Bytes data;
};
struct PasswordNeeded {                                           // answer_password
    unsigned attempt;                                             // 0, 1, …
};
struct NewPasswordNeeded {                                        // answer_new_password
    std::string_view prompt;
};
struct PromptsNeeded {                                            // answer_prompts
    std::string_view title;
    std::string_view instruction;
    std::vector<Prompt> prompts;
};
// Of gssapi-with-mic.  The first token is wanted before the method is tried: where there is none, it is passed over.
struct GssapiTokenNeeded {                                        // answer_gssapi_token
    Bytes received;                                               // empty: the first
    bool is_error = false;                                        // the server has given up; what is answered is not sent
};
struct GssapiMicNeeded {                                          // answer_gssapi_mic
    Bytes data;
};
// News
struct BannerShown {
    std::string_view text;
};
struct LoggedIn {                                                 // the server has let us in
    std::string method;
    std::optional<std::size_t> key{};                             // that opened the door
    bool took_more = false;                                       // than that: there was a partial success
};
// What is sent on the connection layer now belongs to the service if the login that is under way succeeds.  The server's
// number for the first channel is 0.
struct ChannelsMayOpen {};
// It did not.  Nothing goes on before the server has shown that it dropped what came early (ClientSession), or the
// connection is given up.
struct EarlyLoginRefused {};

using ClientAuthEvent =
    std::variant<KeyNeeded, SignatureNeeded, HostSignatureNeeded, PasswordNeeded, NewPasswordNeeded, PromptsNeeded,
                 GssapiTokenNeeded, GssapiMicNeeded, BannerShown, LoggedIn, ChannelsMayOpen, EarlyLoginRefused>;   // whatever is asked or told

struct AuthAttempt {                                              // one request of a login, for people
    std::string method;                                           // "publickey"
    std::string with;                                             // the key's name, or empty
    std::string outcome;                                          // "refused by the server", …
};

// The login, as a machine that is told what came and asks for what it needs.
class ClientAuth {
public:
    ClientAuth(Transport& below, ClientAuthSettings settings, Log& log);   // sends nothing before start()

    // Once the first keys are in use, and everything that came with them has been received.
    Result<std::optional<ClientAuthEvent>> start();

    // SERVICE_ACCEPT and the numbers 50–79.  While a question is open nothing may be received.  An error of kind
    // not_permitted means that no method is left.
    Result<std::optional<ClientAuthEvent>> receive(const IncomingMessage& message);

    // The public key's blob; from now on the key signs freely.  Nothing: skip it.
    Result<std::optional<ClientAuthEvent>> answer_key(std::optional<ByteVector> blob);
    Result<std::optional<ClientAuthEvent>> answer_signature(std::optional<ByteVector> signature);   // nothing: skip the key
    Result<std::optional<ClientAuthEvent>> answer_password(std::optional<SecretBytes> password);    // nothing: give up the method
    // The new password goes out only with an old one.
    Result<std::optional<ClientAuthEvent>> answer_new_password(std::optional<SecretBytes> old_password,
                                                               SecretBytes new_password);
    // One for each prompt; nothing: give up the method.
    Result<std::optional<ClientAuthEvent>> answer_prompts(std::optional<std::vector<SecretBytes>> answers);
    Result<std::optional<ClientAuthEvent>> answer_gssapi_token(GssapiStep step);   // failed: give up the method
    Result<std::optional<ClientAuthEvent>> answer_gssapi_mic(std::optional<ByteVector> mic);   // nothing: give up the method

    bool asks() const { return asks_; }                           // a question is open
    // After EarlyLoginRefused, until go_on(): what was sent early is known to be dropped.
    bool is_held() const { return early_ == Early::held; }
    // Channels have left behind a signature that the server has not answered: for all we know it has accepted both.
    bool early_login_is_open() const { return early_ == Early::sent && transport_.early_messages() > 0; }
    Result<std::optional<ClientAuthEvent>> go_on();               // with the next method
    // More was sent than a patient client would have, so a server that hangs up may do so because of that.
    bool hurried() const { return flight_.ask != FirstAsk::none; }
    bool early_login_is_settled() const                           // the server has passed over the session
    {
        return early_ == Early::none || early_ == Early::settled || transport_.early_messages() == 0;
    }
    // The server says goodbye after it has refused something: it has had enough of failures (MaxAuthTries).
    bool failed_too_often() const;
    // failed_too_often(), and another login would show it what it has not judged.  Not where a person has given a secret: they
    // would be asked for it again.
    bool may_go_further() const;
    std::vector<ByteVector> judged_keys() const;                  // blobs: refused, or what it said goodbye to
    bool probed() const { return flight_.ask == FirstAsk::probes; }   // several keys at once
    const std::vector<AuthAttempt>& attempts() const { return attempts_; }   // in their order
    std::string_view methods_left() const { return can_continue_; }   // name-list of what the server would still take

private:
    using Step = Result<std::optional<ClientAuthEvent>>;
    struct Request {                                              // sent; answered in this order
        std::string_view method;                                  // of auth/methods.h
        std::optional<std::size_t> key{};
        bool is_signed = false;
    };
    bool is_secret(const Request& request) const;
    bool gave_secret() const;                                     // that did not do
    Step on_success(Bytes payload);
    Step on_failure(Bytes payload);
    Step on_method_reply(Bytes payload);                          // number 60: depends on the method
    Step on_pk_ok(Bytes payload);
    Step on_prompts(Bytes payload);
    // client_auth_gssapi.cpp
    Step try_gssapi();
    Step on_gssapi_response(Bytes payload);
    Step on_gssapi_message(const IncomingMessage& message);       // numbers 61, 64, 65
    Step on_gssapi_token(Bytes payload);
    Step on_gssapi_error(Bytes payload);
    Step on_gssapi_errtok(Bytes payload);
    Step need_gssapi_mic();
    Step abandon_gssapi(std::string why);
    Step try_next();
    bool has_left(std::string_view method) const;                 // something to try
    Step try_method(std::string_view method);
    Step try_key();
    Step try_host_key();
    Step try_prompts();
    Step need_signature(std::size_t key);
    FlightFacts facts() const;
    bool next_key_is_unknown() const;
    bool take_key();                                              // the next one, if it has an algorithm
    void probe_keys();
    void offer_unjudged_keys();
    void send_key(Bytes signature);
    void send_host_key(Bytes signature);
    void send_request(std::string_view method, Bytes details);
    std::string_view algorithm_for(Bytes key_blob) const;
    std::string_view key_method() const;                          // on the wire
    bool may_offer_keys() const;                                  // in the form that is asked for
    std::string_view method_under_way() const { return open_.empty() ? std::string_view{} : open_.front().method; }
    void note(const Request& request, std::string outcome);
    void tell_method(std::string_view method);                    // the log
    void tell(std::string_view what, const CandidateKey& candidate);   // the log, with its fingerprint

    Transport& transport_;
    ClientAuthSettings settings_;
    Log& log_;
    std::string can_continue_;
    std::string_view told_method_;
    HostKeyOffers host_keys_;
    LoginFlight flight_;
    std::deque<Request> open_;
    std::vector<std::size_t> order_;                              // of keys
    std::size_t next_key_ = 0;                                    // index into order_
    std::vector<std::size_t> refused_keys_;                       // indices into settings.keys
    bool refused_secret_ = false;
    std::deque<std::size_t> accepted_;                            // probed, and the server would take them
    std::size_t key_ = 0;                                         // being signed with, or offered
    std::string algorithm_;
    ByteVector to_sign_;
    unsigned passwords_tried_ = 0;
    unsigned prompts_tried_ = 0;
    unsigned partial_successes_ = 0;
    std::size_t prompts_open_ = 0;
    bool asks_ = false;
    bool is_for_host_ = false;                                    // key_: of hostbased, being signed with
    bool tried_none_ = false;
    // Channels behind a signature: not allowed yet; allowed, and it is not answered; it was refused, and the server has to show
    // that it drops them; it has.
    enum class Early { none, sent, held, settled };
    Early early_ = Early::none;
    bool password_given_up_ = false, prompts_given_up_ = false;
    bool prompts_seen_ = false;                                   // else the server has nothing to ask
    std::vector<std::size_t> unjudged_;                           // keys that were offered when none was wanted yet
    // Where gssapi-with-mic stands; it is tried once.
    enum class GssapiPhase { untried, first_token_wanted, requested, exchanging, proving, over };
    GssapiPhase gssapi_ = GssapiPhase::untried;
    GssapiStep gssapi_first_step_;                                // kept until the server has agreed
    unsigned gssapi_tokens_ = 0;                                  // that came
    std::vector<AuthAttempt> attempts_;
};

} // namespace nacre
