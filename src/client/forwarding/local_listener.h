// The listening end of a local or dynamic forwarding: sockets that take connections in.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/client_options.h"
#include "config/option_types.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "os/socket.h"

namespace nacre {

// As many sockets as the place has addresses, or as many of them as can be had: "localhost" is two.  GatewayPorts,
// AddressFamily, StreamLocalBindMask and StreamLocalBindUnlink are obeyed.  An error: there is none.
Result<std::vector<Fd>> listen_locally(const Forward::End& place, const ClientOptions& options, Log& log);

// Where listen_locally() binds: a host to resolve, "" for every interface.
std::string bind_host(const Forward::End& place, bool gateway_ports);

class LocalListener {
public:
    // Whoever connects; a Unix socket has no address.
    using OnAccept = std::function<void(Fd socket, const SocketAddress& from)>;

    // `path`: a Unix socket's, which is removed when listening ends, unless it is another's by then.
    LocalListener(EventLoop& loop, std::vector<Fd> sockets, std::string path, OnAccept on_accept, Log& log);
    ~LocalListener();
    // In the half of a fork that does not go on with it, and does nothing else here any more.
    void close_copies();
    LocalListener(const LocalListener&) = delete;
    LocalListener& operator=(const LocalListener&) = delete;

private:
    void accept(std::size_t which);
    void rest_a_while(std::size_t which);                         // no descriptors left: trying again at once helps nobody

    struct Door {
        Fd socket;
        std::unique_ptr<Watch> watch;                             // goes before the socket
        std::unique_ptr<Timer> pause;
    };
    EventLoop& loop_;
    std::vector<Door> doors_;
    std::string path_;
    OnAccept on_accept_;
    Log& log_;
};

} // namespace nacre
