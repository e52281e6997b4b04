// PRIVILEGED: runs in sshd-session as root.  Programs whose sshd-user is gone are hung up in its place.
#pragma once

#include <cstdint>
#include <span>

#include "os/user.h"

namespace nacre {

// SIGHUP to their groups, by a copy of this process that has become the user: the numbers are what sshd-user said, and
// reach no further than the user himself does.
void hang_up_as_user(const UserAccount& account, std::span<const std::uint32_t> programs);

} // namespace nacre
