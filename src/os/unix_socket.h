// Local sockets: agents, control masters, streamlocal forwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "os/fd.h"

namespace nacre {

// Waits for the listener to take us in; the socket is blocking.
Result<Fd> connect_unix(const std::string& path);
// The same for no longer than that: a listener whose queue stays full is a failure (EAGAIN).
Result<Fd> connect_unix(const std::string& path, Duration patience);

// Does not wait: a listener with a full queue is a failure (EAGAIN).  The socket is non-blocking.
Result<Fd> start_connect_unix(const std::string& path);

struct UnixListenOptions {
    unsigned mask = 0177;                                         // StreamLocalBindMask
    bool unlink_first = false;                                    // StreamLocalBindUnlink
    int backlog = 128;
};

// Non-blocking.  A path that is too long, empty, or holds a NUL is bad input.
Result<Fd> listen_unix(const std::string& path, const UnixListenOptions& options = {});
// The same, but the path appears only once somebody listens there, and never in the place of another (EEXIST): of two
// that try at once, one succeeds.  Mode 0600.
Result<Fd> listen_unix_exclusively(const std::string& path);
// Nothing: nobody is waiting.  The new socket is non-blocking.
Result<std::optional<Fd>> accept_unix(int listener);

// Whether anybody accepts connections there; finds out without waiting.
bool is_listened_to(const std::string& path);
// For who has just stopped listening there: the path goes, unless somebody else listens there by now, or it leads to
// something else.
void remove_unless_taken(const std::string& path);

struct PeerCredentials {
    std::int32_t pid = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};
Result<PeerCredentials> peer_credentials(int socket);

} // namespace nacre
