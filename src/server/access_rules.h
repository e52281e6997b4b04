// Who may log in at all: AllowUsers and its three relatives, shells, root (sshd_config(5)).
//
// Pure: the user and the connection come in as values, the answer is the reason of a refusal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/server_options.h"

namespace nacre {

struct AccessSubject {
    std::string user;
    std::vector<std::string> groups;
    std::string host;                                             // a name, or the address
    std::string address;
};

// "listed in DenyUsers" and the like; nothing: no list is against it.
std::optional<std::string> refused_by_lists(const ServerOptions& options, const AccessSubject& subject);

// "joe", "joe@192.0.2.*", "joe@192.0.2.0/24".
bool matches_user_pattern(std::string_view pattern, const AccessSubject& subject);

// Whether root may come in by this method.  `forced_command`: the key allows one command only.
bool root_may_log_in(PermitRoot rule, std::string_view method, bool forced_command);

} // namespace nacre
