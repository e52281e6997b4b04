// Authentication by GSS-API (RFC 4462 §3), here always by Kerberos: what both sides and the monitor have in common.
//
// The tokens mean nothing to this side of the code: who makes and reads them is the edge's affair (gssapi/), which is asked.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "auth/methods.h"
#include "messages/auth.h"

namespace nacre {

// 1.2.840.113554.1.2.2 in DER (RFC 4121 §1): the one mechanism that is offered and accepted.
inline constexpr std::array<std::uint8_t, 11> kerberos_mechanism{
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

namespace gssapi_limits {
inline constexpr std::size_t token = 64 * 1024; // bytes; a ticket full of groups has up to 48 KiB
inline constexpr std::size_t mic = 1024; // bytes; Kerberos makes some 30
inline constexpr unsigned tokens = 8; // from the peer; Kerberos needs one
inline constexpr std::size_t mechanisms = 32; // in one request
} // namespace gssapi_limits

// What the client's mechanism has to say to the server.
struct GssapiStep {
    // how far it has come
    enum class State { goes_on, established, failed } state = State::failed;
    ByteVector token{}; // empty: none
};

// What the MIC protects: "string session identifier, byte SSH_MSG_USERAUTH_REQUEST, string user name, string service,
// string "gssapi-with-mic"" (RFC 4462 §3.5).
struct GssapiClaim {
    static constexpr std::string_view name = "gssapi-claim";
    Bytes session_id;
    std::uint8_t request = UserauthRequest::number.value;
    std::string_view user;
    std::string_view service;
    std::string_view method = method::gssapi_with_mic;
    using fields = Fields<&GssapiClaim::session_id, &GssapiClaim::request, &GssapiClaim::user, &GssapiClaim::service,
        &GssapiClaim::method>;
};

} // namespace nacre
