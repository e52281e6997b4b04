// Two transports joined in memory: for tests, and for programs whose both ends are in one process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "transport/transport.h"

namespace nacre {

// Moves what one has to send to the other, as much as fits at once and no more than `at_most`; how many bytes that was.  What
// `to` has handed out of its received bytes is invalid afterwards.
std::size_t carry(Transport& from, Transport& to, std::size_t at_most = SIZE_MAX);

} // namespace nacre
