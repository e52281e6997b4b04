// Messages through a pipe, each behind its length (uint32).
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre {

Result<void> write_frame(int fd, Bytes payload);
// Waits.  An empty frame, one longer than `at_most` bytes, or an early end is an error.
Result<ByteVector> read_frame(int fd, std::size_t at_most);

} // namespace nacre
