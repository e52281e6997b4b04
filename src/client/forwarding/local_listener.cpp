#include "client/forwarding/local_listener.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>

#include "base/text.h"
#include "os/resolve.h"
#include "os/system_error.h"
#include "os/unix_socket.h"

namespace nacre {
namespace {

constexpr int most_at_once = 32;                                  // connections taken in before others get their turn
constexpr std::chrono::seconds pause_without_descriptors{1};

// The loopback interface is known without a resolver, whose "localhost" may lack one of the two.
Result<std::vector<SocketAddress>> addresses_of(const Forward::End& place, const ClientOptions& options)
{
    auto host = bind_host(place, options.gateway_ports);
    auto family = options.address_family;
    if (host == "localhost") {
        std::vector<SocketAddress> both{{IpFamily::v4, "127.0.0.1", place.port}, {IpFamily::v6, "::1", place.port}};
        std::erase_if(both, [&](auto& address) { return family != IpFamily::any && address.family != family; });
        return both;
    }
    auto resolved = resolve({.host = host, .port = place.port, .family = family, .for_listening = true});
    if (!resolved)
        return bad_input(fmt::format("{}: {}", printable(host), resolved.error().what));
    return std::move(resolved->addresses);
}

} // namespace

std::string bind_host(const Forward::End& place, bool gateway_ports)
{
    if (!place.host)
        return gateway_ports ? "" : "localhost";
    return *place.host == "*" ? "" : *place.host;
}

Result<std::vector<Fd>> listen_locally(const Forward::End& place, const ClientOptions& options, Log& log)
{
    std::vector<Fd> sockets;
    if (!place.path.empty()) {
        auto socket = TRY(listen_unix(place.path, {.mask = options.stream_local_bind_mask,
                                                   .unlink_first = options.stream_local_bind_unlink}));
        sockets.push_back(std::move(socket));
        return sockets;
    }
    auto addresses = TRY(addresses_of(place, options));
    std::string why;                                              // of each address
    bool is_taken = false;
    for (auto& address : addresses) {
        auto socket = listen_on(address);
        if (socket) {
            log.debug1("Local forwarding listening on {} port {}.", address.host, address.port);
            sockets.push_back(std::move(*socket));
            continue;
        }
        auto& error = socket.error();
        auto reason = fmt::format("bind [{}]:{}: {}", address.host, address.port, os_error_text(error.os_error));
        log.verbose("{}", reason);
        why += (why.empty() ? "" : "; ") + reason;
        is_taken = is_taken || error.os_error == EADDRINUSE;
    }
    if (sockets.empty())
        return system_failure(std::move(why));
    if (is_taken)                                                 // who connects to that address reaches somebody else
        log.info("{}; this forwarding listens at its other addresses only", why);
    return sockets;
}

LocalListener::LocalListener(EventLoop& loop, std::vector<Fd> sockets, std::string path, OnAccept on_accept, Log& log)
    : loop_(loop), path_(std::move(path)), on_accept_(std::move(on_accept)), log_(log)
{
    for (auto& socket : sockets)
        doors_.push_back({std::move(socket), nullptr, nullptr});
    for (std::size_t i = 0; i < doors_.size(); ++i)
        doors_[i].watch = loop_.watch(doors_[i].socket.number(), {.readable = true}, [this, i](Ready) { accept(i); });
}

// Another ssh may have taken the path over (StreamLocalBindUnlink).
LocalListener::~LocalListener()
{
    doors_.clear();
    if (!path_.empty())
        remove_unless_taken(path_);
}

// A watch that ended would end the other half's, with which the loop is shared.
void LocalListener::close_copies()
{
    for (auto& door : doors_) {
        (void)door.watch.release();
        door.socket.close();
    }
}

void LocalListener::accept(std::size_t which)
{
    for (int i = 0; i < most_at_once; ++i) {
        auto accepted = accept_connection(doors_[which].socket.number());
        if (!accepted) {
            log_.error("{}", accepted.error().what);
            rest_a_while(which);
            return;
        }
        if (!*accepted)
            return;
        (void)set_no_delay((*accepted)->socket.number());
        on_accept_(std::move((*accepted)->socket), (*accepted)->peer);
    }
}

void LocalListener::rest_a_while(std::size_t which)
{
    auto& door = doors_[which];
    door.watch->set({});
    door.pause = loop_.at(loop_.now() + pause_without_descriptors, [&door] { door.watch->set({.readable = true}); });
}

} // namespace nacre
