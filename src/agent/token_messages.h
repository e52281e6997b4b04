// What programs and their token helpers (ssh-sk-helper, ssh-pkcs11-helper) say to each other; see PROTOCOL.md.
//
// One request, one answer, each behind its length like the agent's messages and with their bound.
// The helper ends with its socket.  Libraries of strangers run there and nowhere else.
#pragma once

#include <cstdint>
#include <string>

#include "wire/fields.h"
#include "wire/frame.h"

namespace nacre::token {

inline constexpr std::size_t message_limit = 256 * 1024;          // bytes after the length
inline constexpr FrameKind frames{"a message of the token's helper", 1, message_limit};
inline constexpr std::size_t most_keys = 1024;                    // of one token

// The provider that is no library: libfido2, in ssh-sk-helper.
inline constexpr std::string_view internal_provider = "internal";

enum class Trouble : std::uint32_t {
    other = 0,
    unsupported = 1,                                              // by the token or the library
    pin_needed = 2,                                               // or another one
    no_device = 3,
    key_exists = 4,                                               // resident, for the same application and user
    timed_out = 5,
};

struct Failed {
    static constexpr std::string_view name = "token-failed";
    static constexpr MessageNumber number{1};
    Trouble trouble = Trouble::other;
    std::string text;                                             // for people
    using fields = Fields<&Failed::trouble, &Failed::text>;
};

// Of either helper.
struct Signed {
    static constexpr std::string_view name = "token-signed";
    static constexpr MessageNumber number{2};
    Bytes signature;                                              // a signature blob; the helper has verified it
    using fields = Fields<&Signed::signature>;
};

struct Done {
    static constexpr std::string_view name = "token-done";
    static constexpr MessageNumber number{3};
    using fields = Fields<>;
};

// ---- ssh-sk-helper: one request per process ----------------------------------------------

struct SkSign {
    static constexpr std::string_view name = "sk-sign";
    static constexpr MessageNumber number{16};
    std::string provider;                                         // an absolute path, or internal_provider
    Bytes key;                                                    // the public key's blob
    std::uint8_t flags = 0;                                       // sk_user_present, sk_user_verified
    Bytes handle;
    Bytes data;
    SecretText pin;                                               // empty: none so far
    using fields =
        Fields<&SkSign::provider, &SkSign::key, &SkSign::flags, &SkSign::handle, &SkSign::data, &SkSign::pin>;
};

struct SkEnroll {
    static constexpr std::string_view name = "sk-enroll";
    static constexpr MessageNumber number{17};
    std::string provider;
    std::string device;                                           // empty: any
    std::string key_type;                                         // name of the wire
    std::string application;
    std::string user;                                             // of a resident key; may be empty
    std::uint8_t flags = 0;
    Bytes challenge;
    SecretText pin;
    using fields = Fields<&SkEnroll::provider, &SkEnroll::device, &SkEnroll::key_type, &SkEnroll::application,
                          &SkEnroll::user, &SkEnroll::flags, &SkEnroll::challenge, &SkEnroll::pin>;
};
struct SkEnrolled {
    static constexpr std::string_view name = "sk-enrolled";
    static constexpr MessageNumber number{18};
    Bytes key;                                                    // the public key's blob
    std::uint8_t flags = 0;
    Bytes handle;
    Bytes attestation_certificate;
    Bytes enrollment_signature;
    Bytes authenticator_data;
    using fields = Fields<&SkEnrolled::key, &SkEnrolled::flags, &SkEnrolled::handle, &SkEnrolled::attestation_certificate,
                          &SkEnrolled::enrollment_signature, &SkEnrolled::authenticator_data>;
};

struct SkListResident {
    static constexpr std::string_view name = "sk-list-resident";
    static constexpr MessageNumber number{19};
    std::string provider;
    std::string device;
    SecretText pin;
    using fields = Fields<&SkListResident::provider, &SkListResident::device, &SkListResident::pin>;
};
struct SkResidentKey {
    static constexpr std::string_view name = "sk-resident-key";
    Bytes key;                                                    // the public key's blob
    std::uint8_t flags = 0;
    Bytes handle;
    Bytes user;
    using fields = Fields<&SkResidentKey::key, &SkResidentKey::flags, &SkResidentKey::handle, &SkResidentKey::user>;
};
struct SkResidentKeys {
    static constexpr std::string_view name = "sk-resident-keys";
    static constexpr MessageNumber number{20};
    Repeated<SkResidentKey> keys;
    using fields = Fields<&SkResidentKeys::keys>;
};

// ---- ssh-pkcs11-helper: one provider per process -----------------------------------------

// Loads the library and lists the keys of its tokens.  With a PIN: logs in first.
struct Pkcs11Load {
    static constexpr std::string_view name = "pkcs11-load";
    static constexpr MessageNumber number{32};
    std::string provider;                                         // path of the library
    SecretText pin;
    using fields = Fields<&Pkcs11Load::provider, &Pkcs11Load::pin>;
};
struct Pkcs11Key {
    static constexpr std::string_view name = "pkcs11-key";
    Bytes key;                                                    // the public key's blob
    std::string label;
    using fields = Fields<&Pkcs11Key::key, &Pkcs11Key::label>;
};
struct Pkcs11Keys {
    static constexpr std::string_view name = "pkcs11-keys";
    static constexpr MessageNumber number{33};
    std::string token;                                            // label of the first token, for prompts
    Repeated<Pkcs11Key> keys;
    using fields = Fields<&Pkcs11Keys::token, &Pkcs11Keys::keys>;
};

// Logs in to all tokens that want it.
struct Pkcs11Login {
    static constexpr std::string_view name = "pkcs11-login";
    static constexpr MessageNumber number{34};
    SecretText pin;
    using fields = Fields<&Pkcs11Login::pin>;
};

struct Pkcs11Sign {
    static constexpr std::string_view name = "pkcs11-sign";
    static constexpr MessageNumber number{35};
    Bytes key;
    std::string algorithm;
    Bytes data;
    using fields = Fields<&Pkcs11Sign::key, &Pkcs11Sign::algorithm, &Pkcs11Sign::data>;
};

} // namespace nacre::token
