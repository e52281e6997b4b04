// PRIVILEGED: runs in sshd-session as root.  Starts sshd-user, which becomes the user by its first order.
#pragma once

#include "os/process.h"

namespace nacre {

// `program_fd`: sshd-user's file.  `socket`: its end of the way to us.
Result<Child> start_user_process(int program_fd, int socket);

} // namespace nacre
