// PRIVILEGED: runs in sshd-session as root.  Looks a key up in the user's files, with the user's rights.
//
// AuthorizedKeysCommand is asked first, then the files.  The files are opened, judged (StrictModes) and read by a short-lived copy of the process that has
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

// Becomes the user for good: for a copy of the process that works with the user's files.
Result<void> become_account(const UserAccount& account);

WallClock wall_clock();

} // namespace nacre
