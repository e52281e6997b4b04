// The networks that count as one source (PerSourceNetBlockSize).
#pragma once

#include <string>

#include "config/option_types.h"

namespace nacre {

// The address with the bits behind its block cut off; what is no address stands for itself.
std::string source_network(const std::string& address, const NetBlockSize& block);

} // namespace nacre
