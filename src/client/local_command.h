// LocalCommand: a command that runs here once the login has succeeded.
#pragma once

#include <string>

#include "base/log.h"
#include "client/configuration.h"
#include "keys/public_key.h"

namespace nacre {

// Waits for its end.  Does nothing unless PermitLocalCommand allows it.  `tunnel_interface`: what %T stands for.
void run_local_command(const Configuration& configuration, const PublicKey& host_key, std::string tunnel_interface,
                       Log& log);

} // namespace nacre
