// ControlPath before anything is connected: is there a master to join, are we to become one, or neither?
//
// Of several that start at once with ControlMaster auto, the first holds a lock beside the socket until it listens; the
// others wait for that and join it.  Only its holder removes a dead socket.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/client_log.h"
#include "client/configuration.h"
#include "client/mux/mux_conversation.h"
#include "os/waiting.h"

namespace nacre {

struct SharedConnection {
    std::optional<int> status;                                    // it is done, by a master
    std::string path;                                             // not empty: become the master once logged in
    std::optional<LockFile> starting;                             // until then
};

Result<SharedConnection> share_connection(const Configuration& configuration, const SessionPlan& plan, ClientLog& log);

// -O proxy: the master's socket, for a client that speaks the connection layer itself.
Result<MuxConversation::Proxied> proxied_by_master(const Configuration& configuration);

// The other commands of -O: the exit status.
Result<int> control_master(const Configuration& configuration, std::string_view command, ClientLog& log);

// After ControlPersist has sent the connection to the background: the status of the session, through it.
Result<int> run_through_master(const std::string& path, const Configuration& configuration, const SessionPlan& plan,
                               ClientLog& log);

} // namespace nacre
