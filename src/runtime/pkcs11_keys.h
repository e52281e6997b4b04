// Keys in PKCS#11 tokens, through an ssh-pkcs11-helper of our own that stays as long as this does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keys/public_key.h"
#include "runtime/security_keys.h"
#include "runtime/token_helper.h"

namespace nacre {

class Pkcs11Keys {
public:
    struct Key {
        PublicKey key;
        std::string label;                                        // may be empty
        std::size_t token;                                        // its place among the library's
    };

    // Lists the keys of all tokens of the library.  Where none is shown before a login, the tokens' PINs are asked for, one
    // token after the other, until one shows keys; a token that does not let us in keeps nobody from the next.
    static Result<Pkcs11Keys> load(const std::string& library, const TokenPerson& person);

    const std::vector<Key>& keys() const { return keys_; }
    bool has(const PublicKey& key) const;

    // A signature blob.  The PIN is asked for when the key's token wants it.
    Result<ByteVector> sign(const PublicKey& key, std::string_view algorithm, Bytes data, const TokenPerson& person);

private:
    explicit Pkcs11Keys(TokenHelper helper) : helper_(std::move(helper)) {}
    Result<void> list(const std::string& path);
    Result<void> log_in(std::size_t token, const TokenPerson& person);

    TokenHelper helper_;
    std::vector<token::Pkcs11Token> tokens_;
    std::vector<Key> keys_;
};

} // namespace nacre
