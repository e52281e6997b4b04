// Messages through a pipe or a socket, each behind its length (wire/frame.h).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "wire/frame.h"

namespace nacre {

Result<void> write_frame(int fd, Bytes message);

// Wait.  A length that `kind` does not have, or an early end, is an error.
Result<ByteVector> read_frame(int fd, const FrameKind& kind);
Result<SecretBytes> read_secret_frame(int fd, const FrameKind& kind);

} // namespace nacre
