// The bytes that a user's key signs (RFC 4252 §7): one copy for the client, the server and the monitor.
#pragma once

#include <string_view>

#include "auth/methods.h"
#include "base/bytes.h"

namespace nacre {

struct PublickeyClaim {                                           // who logs in where, by which key
    Bytes session_id;
    std::string_view user;
    std::string_view service;
    std::string_view method;                                      // method::publickey or method::publickey_hostbound
    std::string_view algorithm;
    Bytes key;
    Bytes host_key;                                               // hostbound only: the server's key, as the signer saw it
};

ByteVector signed_bytes(const PublickeyClaim& claim);             // what the signature is over

} // namespace nacre
