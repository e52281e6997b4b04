// SocketAddress as the kernel wants it.  For the files of this folder only.
#pragma once

#include <sys/socket.h>

#include "os/socket.h"

namespace nacre {

struct SocketName {
    sockaddr_storage storage{};
    socklen_t length = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<SocketName> to_socket_name(const SocketAddress& address);
// Nothing: not an IP address.
std::optional<SocketAddress> to_socket_address(const sockaddr* name, socklen_t length);

} // namespace nacre
