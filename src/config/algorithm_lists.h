// The algorithm lists of the configuration files: which names each keyword may hold, and its default.
//
// Both come from the tables of transport/ and keys/.  Names that OpenSSH has and we do not have
// yet are accepted in a list and left out of its result, so that an existing file stays valid.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

enum class AlgorithmList {
    ciphers,
    macs,
    kex_client,
    kex_server,              // offers fewer finite-field groups by default
    signatures,              // HostKeyAlgorithms, PubkeyAcceptedAlgorithms, HostbasedAcceptedAlgorithms
    ca_signatures,           // CASignatureAlgorithms: never a certificate's name
};

std::string default_algorithms(AlgorithmList which);              // comma-separated, in order of preference
std::string known_algorithms(AlgorithmList which);                // every name that may appear

// `change` as it stands in a file ("+x", "-x*", "^x", or a list) → the list that results.
Result<std::string> edit_algorithms(AlgorithmList which, std::string_view change);

} // namespace nacre
