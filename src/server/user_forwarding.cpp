#include "server/user_forwarding.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "os/connect_race.h"
#include "os/resolve.h"
#include "os/safe_file.h"
#include "os/tunnel_device.h"
#include "os/unix_socket.h"
#include "os/user.h"

namespace nacre {
namespace {

constexpr std::uint16_t first_display_port = 6000;
constexpr std::uint32_t most_displays = 1000;
constexpr Duration rest_after_failure = Seconds{1};

std::vector<SocketAddress> of_family(std::vector<SocketAddress> addresses, IpFamily family)
{
    std::erase_if(addresses, [&](auto& address) { return family != IpFamily::any && address.family != family; });
    return addresses;
}

std::vector<SocketAddress> wildcards(std::uint16_t port) { return {{IpFamily::v4, "0.0.0.0", port}, {IpFamily::v6, "::", port}}; }
std::vector<SocketAddress> loopbacks(std::uint16_t port) { return {{IpFamily::v4, "127.0.0.1", port}, {IpFamily::v6, "::1", port}}; }

// A machine without IPv6, or without that address.
bool is_absent_here(const Error& error)
{
    return error.os_error == EAFNOSUPPORT || error.os_error == EADDRNOTAVAIL || error.os_error == EINVAL;
}

// Every address of a display, or none.
Result<std::vector<Fd>> listen_for_display(const std::vector<SocketAddress>& addresses)
{
    std::vector<Fd> sockets;
    for (auto& address : addresses) {
        auto socket = listen_on(address);
        if (socket)
            sockets.push_back(std::move(*socket));
        else if (!is_absent_here(socket.error()))
            return fail(std::move(socket.error()));
    }
    if (sockets.empty())
        return system_failure("no address to listen on");
    return sockets;
}

} // namespace

UserForwarding::~UserForwarding()
{
    for (auto& [id, listener] : listeners_)
        remove_listener(listener);
}

// ---- connections -------------------------------------------------------------------------

Result<void> UserForwarding::on(const ConnectTcp& order)
{
    return connect(order.id, {.host = order.host, .port = static_cast<std::uint16_t>(order.port)}, order.family);
}

Result<void> UserForwarding::on(const ConnectUnix& order)
{
    return connect(order.id, {.path = order.path}, IpFamily::any);
}

Result<void> UserForwarding::connect(std::uint32_t id, ConnectTarget target, IpFamily family)
{
    if (connecting_.size() >= forwarding_limits::connecting || connecting_.contains(id))
        return peer_misbehaved("more connections are ordered than may be made at a time");
    connecting_[id] = std::make_unique<Connector>(loop_, std::move(target), family, [this, id](Result<Fd> outcome) {
        connected(id, std::move(outcome));
    });
    return {};
}

void UserForwarding::connected(std::uint32_t id, Result<Fd> outcome)
{
    connecting_.erase(id);
    Result<void> sent;
    if (outcome) {
        std::array number{outcome->number()};
        sent = monitor_.send(Connected{id, {}}, number);
    } else {
        sent = monitor_.send(Connected{id, printable(reason_of_connect(outcome.error()))});
    }
    if (!sent)
        loop_.stop();
}

Result<void> UserForwarding::on(const OpenTunnelDevice& order)
{
    auto layer = order.ethernet ? TunnelLayer::ethernet : TunnelLayer::ip;
    auto opened = open_tunnel_device(layer, order.any_unit ? std::nullopt : std::optional{order.unit});
    if (!opened)
        return monitor_.send(Connected{order.id, printable(opened.error().what)});
    tunnels_.insert(opened->interface);
    std::array number{opened->fd.number()};
    return monitor_.send(Connected{order.id, {}}, number);
}

std::string UserForwarding::tunnel_names() const
{
    return join(std::vector<std::string>{tunnels_.begin(), tunnels_.end()}, " ");
}

// ---- listeners ---------------------------------------------------------------------------

Result<void> UserForwarding::on(const ListenTcp& order)
{
    auto port = static_cast<std::uint16_t>(order.port);
    if (order.host.empty())
        return listen_at(order.id, of_family(wildcards(port), order.family));
    if (order.host == "localhost")
        return listen_at(order.id, of_family(loopbacks(port), order.family));
    if (auto numeric = numeric_address(order.host, port))
        return listen_at(order.id, {*numeric});
    if (looking_up_.size() >= forwarding_limits::listeners)
        return peer_misbehaved("more listeners are ordered than there may be");
    auto lookup = resolve_in_background(
        loop_, {.host = order.host, .port = port, .family = order.family, .for_listening = true},
        [this, id = order.id](Result<Resolved> resolved) {
            looking_up_.erase(id);
            auto done = resolved ? listen_at(id, resolved->addresses) : refuse_listener(id, resolved.error().what);
            if (!done)
                loop_.stop();
        });
    if (!lookup)
        return refuse_listener(order.id, lookup.error().what);
    looking_up_[order.id] = std::move(*lookup);
    return {};
}

// One of them is enough; with port 0 all use the number that the first one got.
Result<void> UserForwarding::listen_at(std::uint32_t id, const std::vector<SocketAddress>& addresses)
{
    Listener listener;
    listener.kind = ListenerKind::tcp;
    std::string problem = "no address to listen on";
    std::uint16_t port = 0;
    for (auto address : addresses) {
        if (port != 0)
            address.port = port;
        auto socket = listen_on(address);
        if (!socket) {
            problem = socket.error().what;
            continue;
        }
        if (port == 0) {
            auto bound = local_address(socket->number());
            port = bound ? bound->port : address.port;
        }
        listener.sockets.push_back(std::move(*socket));
    }
    if (listener.sockets.empty())
        return refuse_listener(id, problem);
    return add(id, std::move(listener), port);
}

Result<void> UserForwarding::on(const ListenUnix& order)
{
    auto socket = listen_unix(order.path, {.mask = order.mask, .unlink_first = order.unlink_first});
    if (!socket)
        return refuse_listener(order.id, socket.error().what);
    Listener listener;
    listener.kind = ListenerKind::unix_socket;
    listener.path = order.path;
    listener.sockets.push_back(std::move(*socket));
    return add(order.id, std::move(listener), 0);
}

Result<void> UserForwarding::on(const ListenAgent& order)
{
    auto directory = make_temporary_directory("/tmp/ssh-");
    if (!directory)
        return refuse_listener(order.id, directory.error().what);
    Listener listener;
    listener.kind = ListenerKind::agent;
    listener.directory = *directory;
    auto path = fmt::format("{}/agent.{}", *directory, ::getpid());
    auto socket = listen_unix(path);
    if (!socket) {
        remove_listener(listener);
        return refuse_listener(order.id, socket.error().what);
    }
    listener.path = listener.place = path;
    listener.sockets.push_back(std::move(*socket));
    return add(order.id, std::move(listener), 0);
}

Result<void> UserForwarding::on(const ListenDisplay& order)
{
    std::string problem = "no free display";
    for (auto display = order.first_display; display < most_displays; ++display) {
        auto port = static_cast<std::uint16_t>(first_display_port + display);
        auto sockets = listen_for_display(of_family(order.loopback_only ? loopbacks(port) : wildcards(port), order.family));
        if (!sockets) {
            problem = sockets.error().what;
            if (sockets.error().os_error == EADDRINUSE)
                continue;
            break;
        }
        Listener listener;
        listener.kind = ListenerKind::display;
        listener.sockets = std::move(*sockets);
        listener.single_connection = order.single_connection;
        listener.place =
            fmt::format("{}:{}.{}", order.loopback_only ? "localhost" : own_host_name(), display, order.screen);
        return add(order.id, std::move(listener), port);
    }
    return refuse_listener(order.id, problem);
}

Result<void> UserForwarding::add(std::uint32_t id, Listener listener, std::uint32_t port)
{
    if (listeners_.size() >= forwarding_limits::listeners || listeners_.contains(id))
        return peer_misbehaved("more listeners are ordered than there may be");
    auto& added = listeners_[id] = std::move(listener);
    watch_all(id, added);
    return monitor_.send(Listening{id, {}, port, added.place});
}

Result<void> UserForwarding::refuse_listener(std::uint32_t id, const std::string& problem)
{
    return monitor_.send(Listening{id, printable(problem), 0, {}});
}

Result<void> UserForwarding::on(const StopListening& order)
{
    looking_up_.erase(order.id);
    auto found = listeners_.find(order.id);
    if (found == listeners_.end())
        return {};
    remove_listener(found->second);
    listeners_.erase(found);
    return {};
}

void UserForwarding::remove_listener(Listener& listener)
{
    listener.watches.clear();
    listener.sockets.clear();
    if (!listener.path.empty())
        remove_unless_taken(listener.path);
    if (!listener.directory.empty())
        ::rmdir(listener.directory.c_str());
}

std::string UserForwarding::place_of(std::uint32_t listener) const
{
    auto found = listeners_.find(listener);
    return found == listeners_.end() ? std::string{} : found->second.place;
}

// ---- arrivals ----------------------------------------------------------------------------

void UserForwarding::watch_all(std::uint32_t id, Listener& listener)
{
    for (auto& socket : listener.sockets)
        listener.watches.push_back(
            loop_.watch(socket.number(), {.readable = may_accept(listener)},
                        [this, id, number = socket.number()](Ready) { someone_came(id, number); }));
}

void UserForwarding::someone_came(std::uint32_t id, int socket)
{
    auto found = listeners_.find(id);
    if (found == listeners_.end() || !may_accept(found->second))
        return;
    auto accepted = accept(id, found->second, socket);
    if (!accepted) {
        rest_ = loop_.at(loop_.now() + rest_after_failure, [this] {
            rest_.reset();
            watch_who_may_accept();
        });
        watch_who_may_accept();
        return;
    }
    if (!*accepted)
        return;
    ++arriving_;
    ++found->second.arriving;
    watch_who_may_accept();
    if (found->second.single_connection) {                        // its name stays, nobody is let in any more
        found->second.watches.clear();
        found->second.sockets.clear();
    }
}

// False: nobody is there any more.  A failure of the monitor's ends the loop.
Result<bool> UserForwarding::accept(std::uint32_t id, const Listener& listener, int socket)
{
    Arrived news{id, {}, 0};
    Fd fd;
    SocketAddress peer;
    if (listener.kind == ListenerKind::tcp || listener.kind == ListenerKind::display) {
        auto accepted = TRY(accept_connection(socket));
        if (!accepted)
            return false;
        fd = std::move(accepted->socket);
        peer = std::move(accepted->peer);
        (void)set_no_delay(fd.number());
        news.originator_address = peer.host;
        news.originator_port = peer.port;
    } else {
        auto accepted = TRY(accept_unix(socket));
        if (!accepted)
            return false;
        fd = std::move(*accepted);
    }
    if (listener.kind == ListenerKind::agent) {
        auto who = peer_credentials(fd.number());
        if (!who || (who->uid != effective_uid() && who->uid != 0))
            return false;
    }
    std::array number{fd.number()};
    if (!monitor_.send(news, number))
        loop_.stop();
    return true;
}

Result<void> UserForwarding::on(const AcceptAnother& order)
{
    if (arriving_ > 0)
        --arriving_;
    auto found = listeners_.find(order.id);
    if (found != listeners_.end() && found->second.arriving > 0)
        --found->second.arriving;
    watch_who_may_accept();
    return {};
}

// Visitors whom the client does not take in hold up those who come to the same listener.
bool UserForwarding::may_accept(const Listener& listener) const
{
    return !rest_ && listener.arriving < forwarding_limits::arriving && arriving_ < forwarding_limits::arriving_in_all;
}

void UserForwarding::watch_who_may_accept()
{
    for (auto& [id, listener] : listeners_)
        for (auto& watch : listener.watches)
            watch->set({.readable = may_accept(listener)});
}

} // namespace nacre
