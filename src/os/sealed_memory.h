// Bytes for another process in memory without a name, which nobody can change any more.
#pragma once

#include "base/secret.h"
#include "os/fd.h"

namespace nacre {

Result<Fd> sealed_memory(Bytes content);

// All of it, from the start, wherever the descriptor's position is; an error if it is empty or longer.
Result<SecretBytes> read_sealed_memory(int fd, std::size_t at_most);

} // namespace nacre
