// tun and tap: network interfaces whose packets a program reads and writes, one per call (Linux, /dev/net/tun).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "os/fd.h"

namespace nacre {

enum class TunnelLayer { ip, ethernet };                          // tun, tap

struct OpenTunnel {
    Fd fd;                                                        // non-blocking; IP packets or frames without any head
    std::string interface;                                        // "tun0"
};

// Interface tun`unit` or tap`unit`: an existing one that is free, or a new one (which needs CAP_NET_ADMIN); without a
// number the next free one.  It is left down and without an address.
Result<OpenTunnel> open_tunnel_device(TunnelLayer layer, std::optional<std::uint32_t> unit);

} // namespace nacre
