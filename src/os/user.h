// Who is who: passwd and group entries as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace nacre {

struct UserAccount {
    std::string name{};
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home{};
    std::string shell{};                                          // empty in the file means /bin/sh here
};

struct UserGroup {
    std::uint32_t gid = 0;
    std::string name{};                                           // empty if it has none
};

// Nothing: no such user.  An error: the database could not be asked.
Result<std::optional<UserAccount>> user_named(const std::string& name);
Result<std::optional<UserAccount>> user_with_id(std::uint32_t uid);
Result<UserAccount> current_user();                               // by the real uid

Result<std::vector<std::uint32_t>> group_ids_of(const UserAccount& user);   // the primary one included
Result<std::vector<UserGroup>> groups_of(const UserAccount& user);
std::optional<std::uint32_t> group_named(const std::string& name);
// Whether the group has this user in it and nobody else, by its list of members and by everybody's primary group: what it
// may do, no other user may.  Walks through all accounts, so ask last, and from one thread.  False where the walk does not
// show the user himself: directories that cannot be listed hide others, too.
bool is_group_of_one(std::uint32_t gid, std::uint32_t uid);

std::uint32_t effective_uid();
std::uint32_t real_uid();

} // namespace nacre
