// Names of services and authentication methods (RFC 4252, 4256, 4462), and the list both sides start from.
#pragma once

#include <array>
#include <string_view>

namespace nacre {

namespace service {
inline constexpr std::string_view userauth = "ssh-userauth";
inline constexpr std::string_view connection = "ssh-connection";
} // namespace service

namespace method {
inline constexpr std::string_view none = "none";
inline constexpr std::string_view publickey = "publickey";
inline constexpr std::string_view publickey_hostbound = "publickey-hostbound-v00@openssh.com";
inline constexpr std::string_view password = "password";
inline constexpr std::string_view keyboard_interactive = "keyboard-interactive";
inline constexpr std::string_view hostbased = "hostbased";
inline constexpr std::string_view gssapi_with_mic = "gssapi-with-mic";
} // namespace method

// PreferredAuthentications: what a client tries, in this order.
struct MethodRow {
    std::string_view name;
};
inline constexpr std::array client_methods{
    MethodRow{method::gssapi_with_mic},
    MethodRow{method::hostbased},
    MethodRow{method::publickey},
    MethodRow{method::keyboard_interactive},
    MethodRow{method::password},
};

} // namespace nacre
