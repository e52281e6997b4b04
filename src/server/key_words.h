// A key in the words of log lines.
#pragma once

#include <string>

#include "keys/public_key.h"

namespace nacre {

// "ED25519 SHA256:…", and of a certificate what it says and who says it.
std::string in_words(const PublicKey& key);

} // namespace nacre
