// PRIVILEGED: sshd itself.
#include "server/listening_sockets.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "os/socket.h"
#include "os/system_error.h"

namespace nacre {
namespace {

struct Place {
    ListenPoint point;
    std::optional<SocketAddress> address;                         // in numbers
    Fd socket;
};

std::vector<Place> places(const ServerOptions& options)
{
    std::vector<Place> all;
    for (auto& point : addresses_to_listen_on(options))
        all.push_back({point, numeric_address(point.host, point.port), {}});
    return all;
}

bool is_at(int socket, const Place& place)
{
    auto bound = local_address(socket);
    return bound && place.address && *bound == *place.address && bound_device(socket) == place.point.rdomain;
}

} // namespace

Result<std::vector<Fd>> open_listening_sockets(const ServerOptions& options, std::vector<Fd> open, EventLog& log)
{
    auto all = places(options);
    for (auto& socket : open) {
        auto found = std::ranges::find_if(all, [&](auto& place) { return !place.socket && is_at(socket.number(), place); });
        if (found != all.end())
            found->socket = std::move(socket);
    }
    open.clear();                                                 // first: who listens everywhere leaves the port to no address
    std::vector<Fd> sockets;
    std::string why;
    for (auto& [point, address, kept] : all) {
        auto name = fmt::format("{} port {}", point.host, point.port);
        if (!address) {
            log.error("bad ListenAddress {}", printable(name));
            continue;
        }
        auto socket = kept ? Result<Fd>{std::move(kept)} : listen_on(*address, {.routing_domain = point.rdomain});
        if (!socket) {
            auto& error = socket.error();
            why = ": " + printable(error.what);
            auto says = ": bind to " + to_text(*address) + ": ";  // as this line does
            log.error("Bind to {} failed{}.", name, why.starts_with(says) ? ": " + os_error_text(error.os_error) : why);
            continue;
        }
        log.tell(events::Listening{point.host, point.port});
        sockets.push_back(*std::move(socket));
    }
    if (sockets.empty())
        return system_failure("Cannot bind any address" + why);
    return sockets;
}

} // namespace nacre
