// PRIVILEGED: runs in sshd-session as root.  AuthorizedKeysCommand: a program of the administrator's that knows keys.
//
// The program must be root's and safe from everybody else's hands; it runs as AuthorizedKeysCommandUser
// with an environment of its own, and its output reads like authorized_keys.
#pragma once

#include "server/privileged/key_lookup.h"

namespace nacre {

Result<std::optional<KeyPermission>> ask_keys_command(const KeyLookup& lookup, Log& log);

// AuthorizedPrincipalsCommand: the same about the names that a certificate may have.
Result<std::optional<KeyPermission>> ask_principals_command(const KeyLookup& lookup, Log& log);

} // namespace nacre
