// Keys in FIDO tokens, through ssh-sk-helper: signing, making, finding resident ones.
//
// Each call waits for the token and for the person who must touch it, who is told so.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "keys/certificate.h"
#include "keys/private_key.h"

namespace nacre {

// Who is at the token.
struct TokenPerson {
    std::function<std::optional<SecretBytes>(const std::string& prompt)> ask_pin;   // nothing: no answer
    std::function<void(const std::string& line)> tell;
};

// SecurityKeyProvider, or "" for the usual: $SSH_SK_PROVIDER if that is set, else libfido2.  Nothing: "none", or a
// variable that is not set.
std::optional<std::string> security_key_provider(std::string_view configured);

// A signature blob.  `name` is what to call the key when asking for a PIN.
Result<ByteVector> sign_in_token(const PrivateKey& key, const std::string& provider, std::string_view name, Bytes data,
                                 const TokenPerson& person);

// What asks either the key itself or its token.  `key` must outlive the call.
Result<ByteVector> sign_anywhere(const PrivateKey& key, std::string_view algorithm, Bytes data,
                                 std::string_view configured_provider, std::string_view name, const TokenPerson& person);

struct TokenEnrollment {
    KeyKind kind = KeyKind::sk_ed25519;
    std::string provider{};
    std::string device{};                                         // empty: any
    std::string application{default_application};
    std::string user{};
    std::uint8_t flags = sk_user_present;
    ByteVector challenge{};
};
struct EnrolledKey {
    PrivateKey key;
    ByteVector attestation_certificate, enrollment_signature, authenticator_data;
};
// not_permitted: a PIN is needed, or another one.  incompatible: there is such a resident key already.
Result<EnrolledKey> enroll_in_token(const TokenEnrollment& order, std::string_view pin);

struct ResidentKeyFound {
    PrivateKey key;
    ByteVector user;
};
Result<std::vector<ResidentKeyFound>> resident_keys(const std::string& provider, const std::string& device,
                                                    std::string_view pin);

} // namespace nacre
