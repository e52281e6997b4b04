// PRIVILEGED: runs in sshd-session as root.  Work that touches what belongs to a user, done by a short-lived copy of the
// process that has become the user.
#pragma once

#include <functional>

#include "os/user.h"

namespace nacre {

// What the work said; also false where it could not be done.
bool done_as_user(const UserAccount& account, const std::function<bool()>& work);

} // namespace nacre
