#include "os/tunnel_device.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include <cstring>

#include "os/system_error.h"

namespace nacre {

Result<OpenTunnel> open_tunnel_device(TunnelLayer layer, std::optional<std::uint32_t> unit)
{
    Fd device{::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (!device)
        return errno_failure("/dev/net/tun");
    std::string name = layer == TunnelLayer::ip ? "tun" : "tap";
    name += unit ? std::to_string(*unit) : "%d";                  // the kernel fills that in
    ifreq request{};
    if (name.size() >= sizeof request.ifr_name)
        return bad_input("no such tunnel device: " + name);
    std::memcpy(request.ifr_name, name.data(), name.size());
    request.ifr_flags = static_cast<short>((layer == TunnelLayer::ip ? IFF_TUN : IFF_TAP) | IFF_NO_PI);
    if (::ioctl(device.number(), TUNSETIFF, &request) < 0)
        return errno_failure(name);
    request.ifr_name[sizeof request.ifr_name - 1] = 0;
    return OpenTunnel{std::move(device), request.ifr_name};
}

} // namespace nacre
