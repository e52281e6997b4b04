// Descriptors sent over a unix socket (SCM_RIGHTS), together with the bytes they belong to.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "os/fd.h"

namespace nacre {

inline constexpr std::size_t most_passed_fds = 16;

// At least one byte must go with descriptors.  The descriptors stay ours; close them when sent.
// With Blocking::no it waits for no room, whatever the socket does otherwise.
// On a stream socket fewer bytes than offered may be taken: the descriptors are then gone too,
// send the rest of the bytes without them.
Result<Io> send_fds(int socket, Bytes bytes, std::span<const int> fds, Blocking blocking = Blocking::yes);

struct ReceivedFds {
    Io io;
    std::vector<Fd> fds;                                          // close-on-exec, in the sender's order
};

// One recvmsg.  More descriptors than most_passed_fds, or truncated control data or (on a packet
// socket) a truncated message, is an error, and what did arrive is closed.
Result<ReceivedFds> receive_fds(int socket, MutableBytes space);

} // namespace nacre
