// Host-based logins, from the client's side: this host's public keys, and ssh-keysign, which signs with them.
#pragma once

#include <optional>

#include "auth/hostbased.h"
#include "base/log.h"
#include "client/configuration.h"

namespace nacre {

// Certificates, then keys; nothing to offer where HostbasedAuthentication is off.  `connection`: its descriptor.
HostbasedSettings hostbased_settings(const Configuration& configuration, int connection, Log& log);

// Runs ssh-keysign.  Nothing: it would not; it has said why.
std::optional<ByteVector> sign_as_this_host(int connection, Bytes data, Log& log);

} // namespace nacre
