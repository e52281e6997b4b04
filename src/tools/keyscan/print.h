// A host key as a line of known_hosts, as a certificate's line, or as SSHFP records.
#pragma once

#include <string>
#include <string_view>

#include "crypto/random.h"
#include "keys/public_key.h"
#include "tools/keyscan/settings.h"

namespace nacre::keyscan {

// Lines with their ends.  `names` with commas, as the host was given.
std::string lines_for(const Settings& settings, std::string_view names, const PublicKey& key, Random& random);

} // namespace nacre::keyscan
