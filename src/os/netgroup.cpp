#include "os/netgroup.h"

#include <netdb.h>

namespace nacre {
namespace {

// With a NUL inside, the C function would ask about another name.
bool is_plain(const std::string& name) { return !name.empty() && !name.contains('\0'); }

} // namespace

bool netgroup_has_host(const std::string& group, const std::string& host)
{
    return is_plain(group) && is_plain(host) && ::innetgr(group.c_str(), host.c_str(), nullptr, nullptr) == 1;
}

bool netgroup_has_user(const std::string& group, const std::string& user)
{
    return is_plain(group) && is_plain(user) && ::innetgr(group.c_str(), nullptr, user.c_str(), nullptr) == 1;
}

} // namespace nacre
