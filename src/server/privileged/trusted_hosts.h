// PRIVILEGED: runs in sshd-session as root.  Whether a host's word for one of its users is enough (RFC 4252 §9).
//
// Two questions: is this user of this host let in by hosts.equiv, shosts.equiv, .shosts or .rhosts, and is the key that
// host's?  The administrator's files are read here, the user's own with the user's rights (user_files.h).
#pragma once

#include <string>

#include "base/log.h"
#include "config/server_options.h"
#include "keys/certificate.h"
#include "os/user.h"
#include "server/connection_info.h"

namespace nacre {

struct HostClaim {
    const ServerOptions& options;
    const UserAccount& account;
    const ConnectionInfo& connection;
    const PublicKey& key;
    const Certificate* certificate = nullptr;                     // what the key says, if it is one
    std::string client_host{};                                    // as the peer says, without the dot at its end
    std::string client_user{};
};

// An error: a file could not be searched.
Result<bool> is_trusted(const HostClaim& claim, Log& log);

} // namespace nacre
