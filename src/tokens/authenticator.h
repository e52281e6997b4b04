// A FIDO authenticator as ssh-sk-helper sees it: libfido2's, or behind a middleware library.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/token_messages.h"
#include "base/bytes.h"
#include "keys/key_types.h"
#include "keys/security_key.h"

namespace nacre::token {

template <class T>
using Outcome = std::expected<T, Failed>;

inline std::unexpected<Failed> trouble(Trouble kind, std::string text)
{
    return std::unexpected{Failed{kind, std::move(text)}};
}

struct EnrollmentOrder {
    KeyKind kind;
    std::string application;
    std::string device;                                           // empty: any
    std::string user;
    std::uint8_t flags;
    Bytes challenge;
    const char* pin;                                              // null: none
};

struct Enrollment {
    ByteVector key;                                               // 32 bytes, or a point
    std::uint8_t flags;
    ByteVector handle;
    ByteVector attestation_certificate, enrollment_signature, authenticator_data;
};

struct AssertionOrder {
    KeyKind kind;
    std::string application;
    std::uint8_t flags;
    Bytes handle;
    Bytes data;
    const char* pin;
};

struct Assertion {
    SkSignatureEnd end;
    ByteVector r;                                                 // of Ed25519: all of the signature
    ByteVector s;
};

struct ResidentKey {
    KeyKind kind;
    std::string application;
    Enrollment enrollment;
    ByteVector user;
};

class Authenticator {
public:
    virtual ~Authenticator() = default;

    virtual Outcome<Enrollment> enroll(const EnrollmentOrder& order) = 0;
    virtual Outcome<Assertion> sign(const AssertionOrder& order) = 0;
    virtual Outcome<std::vector<ResidentKey>> resident_keys(const std::string& device, const char* pin) = 0;
};

// `provider`: internal_provider, or the absolute path of a library.
Outcome<std::unique_ptr<Authenticator>> open_authenticator(const std::string& provider);
Outcome<std::unique_ptr<Authenticator>> open_middleware(const std::string& path);
Outcome<std::unique_ptr<Authenticator>> open_libfido2();          // trouble if this was built without

} // namespace nacre::token
