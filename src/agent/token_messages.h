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
inline constexpr std::size_t most_keys = 1024;                    // of one library or authenticator
inline constexpr std::size_t most_tokens = 64;                    // of one library

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

// Loads the library and lists the keys of its tokens.
struct Pkcs11Load {
    static constexpr std::string_view name = "pkcs11-load";
    static constexpr MessageNumber number{32};
    std::string provider;                                         // path of the library
    bool log_in = false;                                          // first; and only the keys of tokens that let us in
    SecretText pin;                                               // to log in with
    using fields = Fields<&Pkcs11Load::provider, &Pkcs11Load::log_in, &Pkcs11Load::pin>;
};
struct Pkcs11Token {
    static constexpr std::string_view name = "pkcs11-token";
    std::string label;
    bool wants_login = false;
    bool has_keypad = false;                                      // where its PIN is typed, instead of here
    using fields = Fields<&Pkcs11Token::label, &Pkcs11Token::wants_login, &Pkcs11Token::has_keypad>;
};
struct Pkcs11Key {
    static constexpr std::string_view name = "pkcs11-key";
    Bytes key;                                                    // the public key's blob
    std::string label;
    std::uint32_t token = 0;                                      // which of the tokens, from 0
    using fields = Fields<&Pkcs11Key::key, &Pkcs11Key::label, &Pkcs11Key::token>;
};
struct Pkcs11Keys {
    static constexpr std::string_view name = "pkcs11-keys";
    static constexpr MessageNumber number{33};
    Repeated<Pkcs11Token> tokens;
    Repeated<Pkcs11Key> keys;
    using fields = Fields<&Pkcs11Keys::tokens, &Pkcs11Keys::keys>;
};

// To one token: another's would count a wrong PIN.
struct Pkcs11Login {
    static constexpr std::string_view name = "pkcs11-login";
    static constexpr MessageNumber number{34};
    std::uint32_t token = 0;
    SecretText pin;                                               // empty for a keypad
    using fields = Fields<&Pkcs11Login::token, &Pkcs11Login::pin>;
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
