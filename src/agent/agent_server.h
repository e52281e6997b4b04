// The agent's side of the protocol: one request in, one answer out.
//
// Pure: who the client is, what time it is and what a person says are passed in.  Where an
// answer needs a person or time, the same request is handed in again afterwards.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "agent/bindings.h"
#include "agent/key_store.h"
#include "agent/messages.h"
#include "agent/provider_rules.h"
#include "base/log.h"
#include "base/time.h"

namespace nacre::agent {

// A whole message, without its length.
struct Answer {
    ByteVector message;
};
// A person must agree that this key is used; then again with Consent::given, or refusal().
struct ConfirmationNeeded {
    std::string comment;
    std::string fingerprint;
};
// Not now: hand the request in again at that time.
struct Later {
    TimePoint when;
};
// A token must do something first: its helper gets the message; then again with what the helper answered.
struct TokenNeeded {
    enum class Where { fido, pkcs11 } where;
    std::string provider;                                         // a library that has been admitted
    SecretBytes message;                                          // fido: only the PIN is missing, see with_pin()
    std::string notice;                                           // a person must touch the token; empty: need not
    std::string pin_prompt;                                       // if the token wants one
};
using Outcome = std::variant<Answer, ConfirmationNeeded, Later, TokenNeeded>;

enum class Consent { not_asked, given };

// token::SkSign ends with the PIN.
SecretBytes with_pin(const SecretBytes& message, std::string_view pin);

ByteVector refusal();                                             // SSH_AGENT_FAILURE

struct ServerSettings {
    std::optional<Seconds> default_lifetime{};                    // of keys that come without one
    HashKind fingerprint_hash = HashKind::sha256;                 // in questions to a person
    const ProviderRules* providers = nullptr;                     // none: no tokens
    bool remote_clients_add_providers = false;                    // -O allow-remote-pkcs11
    // A FIDO token's key for another application than these signs nothing but SSH's logins and messages: a web site
    // must not be logged in to through us.  Empty: anything (-O no-restrict-websafe).
    std::string free_applications = "ssh:*";                      // -O websafe-allow=
};

class AgentServer {
public:
    AgentServer(KeyStore& store, ServerSettings settings, Log& log) : store_(store), settings_(settings), log_(log) {}

    // The bindings are the connection's own.  Never fails: what is malformed or unknown is answered with a refusal.
    Outcome handle(Bytes request, Bindings& bindings, TimePoint now, Consent consent = Consent::not_asked,
                   std::optional<Bytes> from_token = std::nullopt);

private:
    struct Context {
        Bindings& bindings;
        TimePoint now;
        Consent consent;
        std::optional<Bytes> from_token;                          // a helper's answer
    };
    struct Row;
    static const Row rows[];

    using Handled = Result<Outcome>;
    Handled list(Bytes request, const Context& context);
    Handled sign(Bytes request, const Context& context);
    Handled add(Bytes request, const Context& context);
    Handled add_constrained(Bytes request, const Context& context);
    Handled remove(Bytes request, const Context& context);
    Handled remove_all(Bytes request, const Context& context);
    Handled lock(Bytes request, const Context& context);
    Handled unlock(Bytes request, const Context& context);
    Handled extension(Bytes request, const Context& context);
    Handled bind(Bytes contents, const Context& context);
    Handled add_provider(Bytes request, const Context& context);
    Handled add_provider_constrained(Bytes request, const Context& context);
    Handled load_provider(std::string_view provider, std::string_view pin, Constraints constraints,
                          const Context& context);
    Handled remove_provider(Bytes request, const Context& context);
    Handled sign_in_fido_token(StoredKey& key, Bytes data, const Context& context);
    Handled sign_in_pkcs11_token(const StoredKey& key, const SignRequest& wanted, const Context& context);
    Result<std::string> admitted(std::string_view provider) const;
    Result<std::string> admitted_from(const Context& context, std::string_view provider) const;   // to be loaded
    std::optional<Seconds> limit_of_certificate(const OfferedKey& offered, TimePoint now);
    Handled keep(OfferedKey offered, Constraints constraints, const Context& context);

    KeyStore& store_;
    ServerSettings settings_;
    Log& log_;
};

} // namespace nacre::agent
