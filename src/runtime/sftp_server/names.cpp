#include "runtime/sftp_server/names.h"

#include <grp.h>
#include <pwd.h>

namespace nacre::sftp {

const std::string& AccountNames::user(std::uint32_t id)
{
    if (users_.size() >= most)
        users_.clear();
    auto [entry, is_new] = users_.try_emplace(id);
    if (is_new)
        if (auto* account = ::getpwuid(id))
            entry->second = account->pw_name;
    return entry->second;
}

const std::string& AccountNames::group(std::uint32_t id)
{
    if (groups_.size() >= most)
        groups_.clear();
    auto [entry, is_new] = groups_.try_emplace(id);
    if (is_new)
        if (auto* account = ::getgrgid(id))
            entry->second = account->gr_name;
    return entry->second;
}

} // namespace nacre::sftp
