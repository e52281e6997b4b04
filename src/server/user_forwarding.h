// sshd-user's half of forwardings: connects, listens and accepts as the user, and hands on what is open.
//
// Nobody waits: names are looked up beside the loop, sockets are non-blocking.  What may be done was
// decided by the monitor; the bounds of forwarding_limits are kept here too.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "os/event_loop.h"
#include "runtime/connector.h"
#include "server/message_socket.h"
#include "server/user_forwarding_orders.h"

namespace nacre {

class UserForwarding {
public:
    UserForwarding(EventLoop& loop, MessageSocket& monitor) : loop_(loop), monitor_(monitor) {}
    ~UserForwarding();

    Result<void> on(const ConnectTcp& order);
    Result<void> on(const ConnectUnix& order);
    Result<void> on(const OpenTunnelDevice& order);
    Result<void> on(const ListenTcp& order);
    Result<void> on(const ListenUnix& order);
    Result<void> on(const ListenAgent& order);
    Result<void> on(const ListenDisplay& order);
    Result<void> on(const StopListening& order);
    Result<void> on(const AcceptAnother& order);

    // What programs are told of an agent's or display's listener: SSH_AUTH_SOCK, DISPLAY.  Empty: there is none.
    std::string place_of(std::uint32_t listener) const;
    // SSH_TUNNEL: "tun0 tap1".
    std::string tunnel_names() const;

private:
    struct Listener {
        ListenerKind kind{};
        std::vector<Fd> sockets;
        std::vector<std::unique_ptr<Watch>> watches;              // destroyed before the sockets
        std::string place;
        std::string path;                                         // of a Unix socket, to be removed
        std::string directory;                                    // that was made for it
        bool single_connection = false;
        std::size_t arriving = 0;                                 // accepted, and not settled yet
    };

    Result<void> connect(std::uint32_t id, ConnectTarget target, IpFamily family);
    void connected(std::uint32_t id, Result<Fd> outcome);
    Result<void> listen_at(std::uint32_t id, const std::vector<SocketAddress>& addresses);
    Result<void> add(std::uint32_t id, Listener listener, std::uint32_t port);
    Result<void> refuse_listener(std::uint32_t id, const std::string& problem);
    void watch_all(std::uint32_t id, Listener& listener);
    void someone_came(std::uint32_t id, int socket);
    Result<bool> accept(std::uint32_t id, const Listener& listener, int socket);
    bool may_accept(const Listener& listener) const;
    void watch_who_may_accept();
    static void remove_listener(Listener& listener);

    EventLoop& loop_;
    MessageSocket& monitor_;
    std::map<std::uint32_t, std::unique_ptr<Connector>> connecting_;
    std::map<std::uint32_t, std::unique_ptr<Lookup>> looking_up_; // addresses to listen on
    std::map<std::uint32_t, Listener> listeners_;
    std::set<std::string> tunnels_;
    std::size_t arriving_ = 0;                                    // also at listeners that are gone
    std::unique_ptr<Timer> rest_;                                 // after a failure of accept(2), which would come again at once
};

} // namespace nacre
