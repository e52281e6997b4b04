// The part of GSS-API (RFC 2744, and MIT's extensions to it) that we use, declared here, and the library that has it.
//
// It is loaded by whoever has a use for it, when he has: nothing of ours is linked against it, and where it is missing
// there are no logins by Kerberos.  Names and layouts are those of the C bindings, RFC 2744 §3 and §5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::gssapi {

using Status = std::uint32_t;                                     // OM_uint32
struct Oid {
    std::uint32_t length;
    void* elements;                                               // DER, without tag and length
};
struct OidSet {
    std::size_t count;
    Oid* elements;
};
struct Buffer {
    std::size_t length;
    void* value;
};
struct KeyValue {                                                 // MIT's gss_key_value_element_desc
    const char* key;
    const char* value;
};
struct KeyValues {
    std::uint32_t count;
    KeyValue* elements;
};
using NameHandle = struct OpaqueName*;
using CredentialHandle = struct OpaqueCredential*;
using ContextHandle = struct OpaqueContext*;

inline constexpr Status continue_needed = 1;
constexpr bool is_error(Status major) { return (major & 0xffff0000) != 0; }
inline constexpr std::uint32_t indefinite = 0xffffffff;           // seconds

enum CredentialUsage : int { initiate = 1, accept = 2 };

// Of a context.
inline constexpr std::uint32_t delegation = 1, mutual_authentication = 2, integrity = 32;

// Each is called as RFC 2744 §5 says.
struct Functions {
    Status (*import_name)(Status* minor, const Buffer* text, const Oid* type, NameHandle* name);
    Status (*display_name)(Status* minor, NameHandle name, Buffer* text, const Oid** type);
    Status (*release_name)(Status* minor, NameHandle* name);
    Status (*acquire_credential)(Status* minor, NameHandle name, std::uint32_t seconds, const OidSet* mechanisms,
        int usage, CredentialHandle* credential, OidSet** actual_mechanisms, std::uint32_t* actual_seconds);
    Status (*inquire_credential)(Status* minor, CredentialHandle credential, NameHandle* name, std::uint32_t* seconds,
        int* usage, OidSet** mechanisms);
    Status (*release_credential)(Status* minor, CredentialHandle* credential);
    Status (*init_context)(Status* minor, CredentialHandle credential, ContextHandle* context, NameHandle target,
        const Oid* mechanism, std::uint32_t flags, std::uint32_t seconds, void* channel_bindings,
        const Buffer* received, Oid** actual_mechanism, Buffer* to_send, std::uint32_t* actual_flags,
        std::uint32_t* actual_seconds);
    Status (*accept_context)(Status* minor, ContextHandle* context, CredentialHandle credential, const Buffer* received,
        void* channel_bindings, NameHandle* initiator, Oid** mechanism, Buffer* to_send, std::uint32_t* flags,
        std::uint32_t* seconds, CredentialHandle* delegated);
    Status (*delete_context)(Status* minor, ContextHandle* context, Buffer* to_send);
    Status (*make_mic)(Status* minor, ContextHandle context, std::uint32_t quality, const Buffer* message, Buffer* mic);
    Status (*verify_mic)(
        Status* minor, ContextHandle context, const Buffer* message, const Buffer* mic, std::uint32_t* quality);
    Status (*display_status)(
        Status* minor, Status value, int type, const Oid* mechanism, std::uint32_t* more, Buffer* text);
    Status (*release_buffer)(Status* minor, Buffer* buffer);
    int (*user_ok)(NameHandle name, const char* user);            // MIT's: .k5login and auth_to_local
    Status (*store_credential_into)(Status* minor, CredentialHandle credential, int usage, const Oid* mechanism,
        std::uint32_t overwrite, std::uint32_t make_default, const KeyValues* where, OidSet** stored,
        int* stored_usage);
};

inline constexpr const char* library_name = "libgssapi_krb5.so.2";

// An error says what could not be loaded.  What was loaded stays in the process: such libraries do not like to leave.
Result<Functions> load_functions(const char* library = library_name);
// Whether it could be loaded; it does not stay.
Result<void> check_library(const char* library = library_name);

// Object identifiers, as the library wants them: RFC 4121 §1, RFC 2744 §5.
extern const Oid kerberos;
extern const Oid service_name;                                    // "host@example.org"
extern const Oid user_name;

// "Unspecified GSS failure: Clock skew too great", printable.
std::string status_text(const Functions& functions, Status major, Status minor);

// A view, for the time of a call: no function that we use writes to what it was given as input.
Buffer view_of(Bytes bytes);

} // namespace nacre::gssapi
