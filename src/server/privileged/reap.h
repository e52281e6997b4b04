// PRIVILEGED: runs in sshd-session as root.  A monitor leaves no process of its connection behind.
#pragma once

#include "os/process.h"

namespace nacre {

// The process has been told to end, by the end of its socket: waits for it a moment, then ends it.
void reap(Child& process);

} // namespace nacre
