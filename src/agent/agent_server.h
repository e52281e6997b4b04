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
using Outcome = std::variant<Answer, ConfirmationNeeded, Later>;

enum class Consent { not_asked, given };

ByteVector refusal();                                             // SSH_AGENT_FAILURE

struct ServerSettings {
    std::optional<Seconds> default_lifetime;                      // of keys that come without one
    HashKind fingerprint_hash = HashKind::sha256;                 // in questions to a person
};

class AgentServer {
public:
    AgentServer(KeyStore& store, ServerSettings settings, Log& log) : store_(store), settings_(settings), log_(log) {}

    // The bindings are the connection's own.  Never fails: what is malformed or unknown is answered with a refusal.
    Outcome handle(Bytes request, Bindings& bindings, TimePoint now, Consent consent = Consent::not_asked);

private:
    struct Context {
        Bindings& bindings;
        TimePoint now;
        Consent consent;
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
    Handled no_tokens(Bytes request, const Context& context);
    Handled keep(OfferedKey offered, Constraints constraints, const Context& context);

    KeyStore& store_;
    ServerSettings settings_;
    Log& log_;
};

} // namespace nacre::agent
