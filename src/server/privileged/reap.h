// PRIVILEGED: runs in sshd-session as root.  A monitor leaves no process of its connection behind.
#pragma once

#include <optional>

#include "os/process.h"

namespace nacre {

// The process has been told to end, by the end of its socket: waits for it a moment, then ends it.  How it ended,
// as far as that is known.
std::optional<ExitStatus> reap(Child& process);

} // namespace nacre
