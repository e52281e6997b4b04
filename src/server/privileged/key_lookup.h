// PRIVILEGED: runs in sshd-session as root.  Looks a key up in the user's files, with the user's rights.
//
// The user's files come first; then a certificate's authority may be trusted (TrustedUserCAKeys); AuthorizedKeysCommand
// is asked last.  The files are searched as the user (user_files.h); the line that matched is parsed again here.
#pragma once

#include <functional>
#include <optional>
#include <span>

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
    const Certificate* certificate = nullptr;                     // what the key says, if it is one
    int asker = -1;                                               // the socket to sshd-net: without it nobody waits
};

LineCheck line_check(const KeyLookup& lookup);

// The first place that lets the key in.  One that cannot be asked is logged, and the next is asked all the same.
std::optional<KeyPermission> look_up_key(const KeyLookup& lookup, Log& log);

// What a search finds in one of the user's files, whose name may have %h, %u and %U in it.
using SearchOfText = std::function<std::optional<KeyPermission>(const FileLines& lines, Log& log)>;
Result<std::optional<KeyPermission>> search_as_user(const KeyLookup& lookup, std::span<const std::string> files,
                                                    const SearchOfText& search, Log& log);

WallClock wall_clock();

} // namespace nacre
