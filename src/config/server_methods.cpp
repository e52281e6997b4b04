#include "config/server_methods.h"

#include <algorithm>
#include <array>

#include "auth/methods.h"

namespace nacre {
namespace {

constexpr std::array rows{
    // Lets accounts in that have no password.
    ServerMethod{method::none,
                 [](const ServerOptions& o) { return o.permit_empty_passwords && o.password_authentication; }},
    ServerMethod{method::publickey, [](const ServerOptions& o) { return o.pubkey_authentication; }},
    ServerMethod{method::password, [](const ServerOptions& o) { return o.password_authentication; }},
    // The questions come from PAM; without it there is nothing to ask.
    ServerMethod{method::keyboard_interactive,
                 [](const ServerOptions& o) { return o.kbd_interactive_authentication && o.use_pam; }},
    ServerMethod{method::hostbased, [](const ServerOptions& o) { return o.hostbased_authentication; }},
    ServerMethod{method::gssapi_with_mic, [](const ServerOptions& o) { return o.gssapi_authentication; }},
};

} // namespace

std::span<const ServerMethod> server_methods() { return rows; }

bool can_be_passed(const ServerOptions& options, std::string_view method)
{
    return method != absent_device && is_enabled(options, without_device(method));
}

std::string_view without_device(std::string_view method) { return method.substr(0, method.find(':')); }

bool is_enabled(const ServerOptions& options, std::string_view method)
{
    return std::ranges::any_of(rows, [&](auto& row) { return row.name == method && row.is_enabled(options); });
}

} // namespace nacre
