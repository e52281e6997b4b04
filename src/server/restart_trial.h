// PRIVILEGED: sshd itself.  What comes before a restart.
#pragma once

#include "base/result.h"
#include "os/process.h"
#include "server/event_log.h"

namespace nacre {

// Would the program that is now on disk start, with these arguments, the configuration of now and the programs beside it?
// If not, the log is told what it says.  The trial is given up when `ending`, if it is not -1, can be read.
Result<void> try_restart(SpawnRequest request, EventLog& log, int ending);

} // namespace nacre
