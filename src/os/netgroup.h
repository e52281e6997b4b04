// Netgroups (innetgr(3)): sets of hosts and users that a name service knows.
#pragma once

#include <string>

namespace nacre {

bool netgroup_has_host(const std::string& group, const std::string& host);
bool netgroup_has_user(const std::string& group, const std::string& user);

} // namespace nacre
