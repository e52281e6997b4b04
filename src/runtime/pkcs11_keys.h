// Keys in PKCS#11 tokens, through an ssh-pkcs11-helper of our own that stays as long as this does.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keys/public_key.h"
#include "runtime/token_helper.h"

namespace nacre {

// Nothing: no answer.
using AskPin = std::function<std::optional<SecretBytes>(const std::string& prompt)>;

class Pkcs11Keys {
public:
    struct Key {
        PublicKey key;
        std::string label;                                        // may be empty
    };

    // Lists the keys of all tokens of the library.  A token that shows none before a login is asked for its PIN.
    static Result<Pkcs11Keys> load(const std::string& library, const AskPin& ask_pin);

    const std::vector<Key>& keys() const { return keys_; }
    bool has(const PublicKey& key) const;

    // A signature blob.  The PIN is asked for when the token wants it.
    Result<ByteVector> sign(const PublicKey& key, std::string_view algorithm, Bytes data, const AskPin& ask_pin);

private:
    explicit Pkcs11Keys(TokenHelper helper) : helper_(std::move(helper)) {}
    Result<void> list(const std::string& path);
    Result<void> log_in(const AskPin& ask_pin);

    TokenHelper helper_;
    std::string token_;                                           // label, for prompts
    std::vector<Key> keys_;
};

} // namespace nacre
