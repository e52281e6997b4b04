#include "client/forwarding/tunnel_forwarding.h"

#include <fmt/format.h>

#include "runtime/tunnel_endpoint.h"

namespace nacre {

Result<TunnelForwarding> TunnelForwarding::open(EventLoop& loop, ConnectionDriver& driver, Connection& connection,
                                                const ClientOptions& options, Log& log)
{
    bool ethernet = options.tunnel == TunnelMode::ethernet;
    auto& units = options.tunnel_device;
    auto device = TRY(open_tunnel_device(ethernet ? TunnelLayer::ethernet : TunnelLayer::ip, units.local));
    auto kind = ethernet ? TunnelKind::ethernet : TunnelKind::point_to_point;
    auto channel = connection.open(TunnelChannel{kind, units.remote.value_or(TunnelChannel::any_unit)});
    log.debug1("channel {}: tunnel to {}", channel.value, device.interface);
    return TunnelForwarding{loop, driver, std::move(device), kind, channel};
}

bool TunnelForwarding::on(const Opened& event, ForwardedConnections& connections)
{
    if (event.channel != channel_ || !device_)
        return false;
    connections.accepted(channel_, fmt::format("tunnel {}", interface_));
    driver_.attach(channel_, std::make_unique<TunnelEndpoint>(loop_, std::move(device_), kind_));
    return true;
}

bool TunnelForwarding::on(const OpenRefused& event)
{
    if (event.channel != channel_ || !device_)
        return false;
    device_.close();
    return true;
}

} // namespace nacre
