// Keys in FIDO tokens, as ssh-keygen makes, changes and uses them (ssh-keygen(1), FIDO AUTHENTICATOR).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "keys/private_key.h"
#include "runtime/security_keys.h"
#include "tools/keygen/settings.h"

namespace nacre::keygen {

// Asks with terminal or SSH_ASKPASS, tells on the standard error.
TokenPerson person_at_token();

// -w, or as in the environment.
Result<std::string> token_provider(const Settings& settings);

struct Attestation {                                              // -O write-attestation
    std::string file;
    ByteVector content;                                           // empty: the token attests nothing
};
struct NewKey {
    PrivateKey key;
    std::optional<Attestation> attestation{};
};

// By the options of -O, touches and PIN.
Result<NewKey> make_token_key(const Settings& settings, KeyKind kind);
// When the key itself is saved: it is worth more, and the token has no other copy of it.
Result<void> save_attestation(const Attestation& attestation);

// -O [no-]touch-required and -O [no-]verify-required, of a key that is there already (-p).
Result<PrivateKey> with_changed_demands(const PrivateKey& key, std::span<const std::string> options);

} // namespace nacre::keygen
