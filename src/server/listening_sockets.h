// PRIVILEGED: sshd itself.  The sockets on which it listens, opened or kept over a reload.
#pragma once

#include <vector>

#include "config/server_options.h"
#include "os/fd.h"
#include "server/event_log.h"

namespace nacre {

// Every address of the configuration; an error if not one could be bound.  One of `open` that is bound to such an address
// is taken as it is, so that nobody who waits in its queue is turned away; the others are closed.
Result<std::vector<Fd>> open_listening_sockets(const ServerOptions& options, std::vector<Fd> open, EventLog& log);

} // namespace nacre
