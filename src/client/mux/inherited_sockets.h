// A connection shared without a path: sockets that whoever started us has connected beforehand (ssh --serve, --join).
//
// Through the one come those of its clients, each with a byte; the other is such a client's.  sftp and scp do so for the
// further channels of a large upload (tools/copy/lanes).  Nobody else can come in, and what was connected for a master
// never leads to a connection of its own.
#pragma once

#include <string>

#include "base/result.h"
#include "client/client_log.h"
#include "client/configuration.h"
#include "os/fd.h"

namespace nacre {

// Takes the descriptor over, ready for a MuxMaster; none is given by nothing.  An error: it is no socket that is connected
// within the machine.
Result<Fd> socket_to_serve(const std::string& descriptor);

// The status of the session, through the master at the other end.  If that does not do it, the failure's status, and
// nothing is said but to a debugging log.
Result<int> join_inherited(const std::string& descriptor, const Configuration& configuration, const SessionPlan& plan,
                           ClientLog& log);

} // namespace nacre
