#include "auth/publickey.h"

#include "messages/auth.h"

namespace nacre {

// "string session identifier, byte SSH_MSG_USERAUTH_REQUEST, string user name, string service name,
// string "publickey", boolean TRUE, string public key algorithm name, string public key" (RFC 4252 §7);
// the hostbound form appends the server's host key (PROTOCOL.md).
ByteVector signed_bytes(const PublickeyClaim& claim)
{
    ByteVector bytes;
    Writer out{bytes};
    out.string(claim.session_id)
        .u8(UserauthRequest::number.value)
        .string(claim.user)
        .string(claim.service)
        .string(claim.method)
        .boolean(true)
        .string(claim.algorithm)
        .string(claim.key);
    if (claim.method == method::publickey_hostbound)
        out.string(claim.host_key);
    return bytes;
}

} // namespace nacre
