// Connections through forwardings, from the first moment to the last: a local socket for which a channel is being
// opened, a channel of the server's for which a place is being connected, and the pairs of both.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/option_types.h"
#include "connection/socks.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "os/socket.h"
#include "runtime/connection_driver.h"
#include "runtime/connector.h"
#include "runtime/socket_channels.h"

namespace nacre {

class ForwardedConnections {
public:
    ForwardedConnections(EventLoop& loop, ConnectionDriver& driver, Connection& connection, IpFamily family, Log& log)
        : loop_(loop), driver_(driver), connection_(connection), family_(family), log_(log), sockets_(loop, driver, connection)
    {
    }

    // Somebody connected here: asks the server for a channel to that place.  `socks`: is told how that went.
    void open(Fd socket, const SocketAddress& from, const Forward::End& to,
              std::optional<SocksNegotiation> socks = std::nullopt, Bytes already_read = {});

    // What becomes of the socket once a channel of the server's is accepted for it.
    using Join = std::function<void(ChannelId channel, Fd socket)>;
    // The server asked for a channel: connects, then accepts and joins it, or refuses it.
    void connect(ChannelId channel, ConnectTarget to, std::string what, Join join = {});
    // The same for a channel that is accepted already, which counts from now on.  `outcome` comes from the loop.
    void connect_accepted(ChannelId channel, ConnectTarget to, Connector::Outcome outcome);
    void accepted(ChannelId channel, std::string what);           // counted and listed from now on, until it is closed
    void accepted_undecided(ChannelId channel, std::string what); // only listed: nobody has said yet where it leads

    SocketChannels& sockets() { return sockets_; }

    bool on(const Opened& event);                                 // false: not ours
    bool on(const OpenRefused& event);
    bool on(const Closed& event);

    // For whom the connection must stay: not for who has not been let in yet, as with OpenSSH's client.
    std::size_t count() const { return opening_.size() + listed_.size() - undecided_.size(); }
    std::vector<std::string> describe() const;                    // printable, a line each

    static constexpr std::size_t most_connecting = 256;

private:
    struct Opening {
        Fd socket;
        std::string what;
        std::optional<SocksNegotiation> socks;
        ByteVector already_read;
    };
    void refuse(ChannelId channel, std::string_view why);

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    IpFamily family_;
    Log& log_;
    SocketChannels sockets_;
    std::map<std::uint32_t, Opening> opening_;
    std::map<std::uint32_t, std::unique_ptr<Connector>> connecting_;
    std::map<std::uint32_t, std::string> listed_;                 // open channels and what they are
    std::set<std::uint32_t> undecided_;                           // of these: nobody has said yet where they lead
};

// The origin of a connection that has no address, as OpenSSH names it.
inline constexpr std::string_view no_address = "127.0.0.1";
inline constexpr std::uint32_t no_port = 65535;

// How the server's reason reads in a sentence: "connect failed", ….
std::string_view to_text(OpenFailure reason);

} // namespace nacre
