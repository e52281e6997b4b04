// The ways to log in, and which of them a configuration switches on.
#pragma once

#include <span>
#include <string_view>

#include "config/server_options.h"

namespace nacre {

struct ServerMethod {
    std::string_view name;
    bool (*is_enabled)(const ServerOptions&);
};

std::span<const ServerMethod> server_methods();                   // in the order in which clients are told of them

// AuthenticationMethods may name a device as well: "keyboard-interactive:pam".
std::string_view without_device(std::string_view method);
bool is_enabled(const ServerOptions& options, std::string_view method);   // without device
// A device that is known and nowhere here: a list with it cannot be satisfied, those beside it can.
inline constexpr std::string_view absent_device = "keyboard-interactive:bsdauth";
bool can_be_passed(const ServerOptions& options, std::string_view method);   // with its device, if any

} // namespace nacre
