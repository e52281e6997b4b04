// The programs beside sshd: found and opened at start, executed from the descriptor.
//
// So a connection is served by the version that was there when sshd started, whatever happens to
// the files afterwards.
#pragma once

#include <string>

#include "os/fd.h"

namespace nacre {

struct HelperPrograms {
    std::string directory;
    Fd session;                                                   // sshd-session
    Fd network;                                                   // sshd-net
    Fd user;                                                      // sshd-user
};

// Beside sshd's own program, then in the folder of an installation, then where the build put them.
Result<HelperPrograms> open_helper_programs();

} // namespace nacre
