// Names of services and authentication methods (RFC 4252, 4256, 4462), and the list both sides start from.
#pragma once

#include <array>
#include <string_view>

namespace nacre {

namespace service {
inline constexpr std::string_view userauth = "ssh-userauth";      // what a client asks for first
inline constexpr std::string_view connection = "ssh-connection";  // and what it logs in for
} // namespace service

namespace method {
inline constexpr std::string_view none = "none";                  // without any proof
inline constexpr std::string_view publickey = "publickey";        // by a signature
// which names the server's key, too
inline constexpr std::string_view publickey_hostbound = "publickey-hostbound-v00@openssh.com";
inline constexpr std::string_view password = "password";          // as typed
inline constexpr std::string_view keyboard_interactive = "keyboard-interactive";   // by answers to questions of the server
inline constexpr std::string_view hostbased = "hostbased";        // by the word of the client's host
inline constexpr std::string_view gssapi_with_mic = "gssapi-with-mic";   // by a Kerberos ticket
} // namespace method

struct MethodRow {                                                // a method, as rows of tables are
    std::string_view name;
};
// PreferredAuthentications: what a client tries, in this order.
inline constexpr std::array client_methods{
    MethodRow{method::gssapi_with_mic},
    MethodRow{method::hostbased},
    MethodRow{method::publickey},
    MethodRow{method::keyboard_interactive},
    MethodRow{method::password},
};

} // namespace nacre
