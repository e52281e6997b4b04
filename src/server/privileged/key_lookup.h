// PRIVILEGED: runs in sshd-session as root.  Looks a key up in the user's files, with the user's rights.
//
// The files are opened, judged (StrictModes) and read by a short-lived copy of the process that has
// become the user; only the line that matched comes back, and is parsed again here.
#pragma once

#include <optional>

#include "base/log.h"
#include "config/server_options.h"
#include "os/user.h"
#include "server/authorized_line.h"

namespace nacre {

struct KeyLookup {
    const ServerOptions& options;
    const UserAccount& account;
    const ConnectionInfo& connection;
    const PublicKey& key;
};

Result<std::optional<KeyPermission>> look_up_key(const KeyLookup& lookup, Log& log);

// The same for anything that must be done with the user's rights.
Result<void> become_account(const UserAccount& account);

} // namespace nacre
