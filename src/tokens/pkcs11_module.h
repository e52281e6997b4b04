// A PKCS#11 library and the tokens behind it (PKCS #11 v2.40, v3.0): their keys, logging in, signing.
//
// Sessions are read-only and stay open.  Public keys come from public key objects and from X.509
// certificates; which private key belongs to one, CKA_ID says.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "keys/public_key.h"
#include "tokens/authenticator.h"

namespace nacre::token {

struct TokenFacts {
    std::string label;
    bool wants_login;
    bool has_keypad;                                              // takes its PIN there, and none from us
};

struct TokenKey {
    PublicKey key;
    std::string label;
    ByteVector id;                                                // CKA_ID
    std::size_t token;                                            // which of the tokens
};

class Pkcs11Module {
public:
    static Outcome<std::unique_ptr<Pkcs11Module>> open(const std::string& path);
    ~Pkcs11Module();
    Pkcs11Module(const Pkcs11Module&) = delete;
    Pkcs11Module& operator=(const Pkcs11Module&) = delete;

    std::vector<TokenFacts> tokens() const;
    // Without a PIN only where there is a keypad.
    Outcome<void> log_in(std::size_t token, std::string_view pin);
    // To each token that wants a login.  How each token took it: after a refusal the others are tried nonetheless.
    std::vector<Outcome<void>> log_in_everywhere(std::string_view pin);
    // Reads them anew.  A key that two tokens have is there twice.
    const std::vector<TokenKey>& list_keys();

    // A signature blob, verified.
    Outcome<ByteVector> sign(Bytes public_blob, const SignatureAlgorithm& algorithm, Bytes data);

private:
    struct State;
    explicit Pkcs11Module(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace nacre::token
