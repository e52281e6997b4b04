// The client's side of authentication (RFC 4252): tries methods in order, asks for what they need.
//
// Keys come as a list; passwords, answers and signatures are asked for one at a time, since
// they may need a person.  What was tried and how it ended is kept for the error that a
// person reads when nothing worked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/hostbased.h"
#include "base/log.h"
#include "base/secret.h"
#include "messages/auth.h"
#include "transport/transport.h"

namespace nacre {

// A key that may be offered.
struct CandidateKey {
    ByteVector blob;
    std::string name;                                             // for people: its path or comment
    // Whether signing costs nobody anything (a key in memory, no passphrase, no touch): then the signature is sent
    // with the first request instead of asking whether the key would do.
    bool signs_freely = false;
};

struct ClientAuthSettings {
    std::string user;
    std::string preferred_methods;                                // name-list
    std::string pubkey_algorithms;                                // name-list: PubkeyAcceptedAlgorithms
    std::vector<CandidateKey> keys;
    unsigned password_prompts = 3;                                // NumberOfPasswordPrompts
    std::string prompt_devices{};                                 // name-list: KbdInteractiveDevices
    HostbasedSettings hostbased{};
};

// Questions; each is answered by the call named there.
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
// News
struct BannerShown {
    std::string_view text;
};
struct LoggedIn {
    std::string method;
};

using ClientAuthEvent =
    std::variant<SignatureNeeded, HostSignatureNeeded, PasswordNeeded, NewPasswordNeeded, PromptsNeeded, BannerShown,
                 LoggedIn>;

struct AuthAttempt {
    std::string method;                                           // "publickey"
    std::string with;                                             // the key's name, or empty
    std::string outcome;                                          // "refused by the server", …
};

class ClientAuth {
public:
    ClientAuth(Transport& below, ClientAuthSettings settings, Log& log);

    void start();                                                 // once the first keys are in use

    // SERVICE_ACCEPT and the numbers 50–79.  While a question is open nothing may be received.  An error of kind
    // not_permitted means that no method is left.
    Result<std::optional<ClientAuthEvent>> receive(const IncomingMessage& message);

    Result<std::optional<ClientAuthEvent>> answer_signature(std::optional<ByteVector> signature);   // nothing: skip the key
    Result<std::optional<ClientAuthEvent>> answer_password(std::optional<SecretBytes> password);    // nothing: give up the method
    Result<std::optional<ClientAuthEvent>> answer_new_password(std::optional<SecretBytes> old_password,
                                                               SecretBytes new_password);
    Result<std::optional<ClientAuthEvent>> answer_prompts(std::optional<std::vector<SecretBytes>> answers);

    bool asks() const { return asks_; }
    const std::vector<AuthAttempt>& attempts() const { return attempts_; }
    std::string_view methods_left() const { return can_continue_; }

private:
    using Step = Result<std::optional<ClientAuthEvent>>;
    Step on_failure(Bytes payload);
    Step on_method_reply(Bytes payload);                          // number 60: depends on the method
    Step on_pk_ok(Bytes payload);
    Step on_prompts(Bytes payload);
    Step try_next();
    Step try_key();
    Step try_host_key(const HostKeyOffers::Offer& offer);
    Step give_up();
    Step need_signature();
    void send_key(Bytes signature);
    void send_host_key(Bytes signature);
    void send_request(std::string_view method, Bytes details);
    std::string_view algorithm_for(Bytes key_blob) const;
    std::string_view key_method() const;                          // on the wire
    void note(std::string outcome);

    Transport& transport_;
    ClientAuthSettings settings_;
    Log& log_;
    std::string can_continue_;
    std::string method_;                                          // under way
    std::size_t next_key_ = 0;
    std::size_t key_ = 0;                                         // under way
    HostKeyOffers host_keys_;
    std::string algorithm_;
    ByteVector to_sign_;
    unsigned passwords_tried_ = 0;
    unsigned prompts_tried_ = 0;
    unsigned partial_successes_ = 0;
    std::size_t prompts_open_ = 0;
    bool asks_ = false;
    bool password_given_up_ = false, prompts_given_up_ = false;
    std::vector<AuthAttempt> attempts_;
};

} // namespace nacre
