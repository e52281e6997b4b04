// The server's programs use our agent (ForwardAgent, -A): each of their connections is a channel that ends at its socket.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/log.h"
#include "client/agents.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"
#include "runtime/connector.h"
#include "runtime/socket_channels.h"

namespace nacre {

class AgentForwarding {
public:
    AgentForwarding(EventLoop& loop, ConnectionDriver& driver, Connection& connection, std::string socket,
                    const SessionBinding& binding, Log& log)
        : loop_(loop), driver_(driver), connection_(connection), socket_(std::move(socket)), binding_(binding), log_(log),
          joined_(loop, driver, connection)
    {
    }

    // That the server asks for: accepted or refused once the agent has answered, for which nobody else waits.
    void open(ChannelId channel);
    void on(const PeerFinished& event) { joined_.on(event); }     // answers to what was asked before still go
    bool on(const Closed& event);                                 // false: not ours

    std::size_t count() const { return channels_.size(); }        // those that are open: who only waits holds up no end
    const std::set<std::uint32_t>& channels() const { return channels_; }

    static constexpr std::size_t most_waiting = 256;              // for the agent; those that are open it bounds itself

private:
    struct Opening {                                              // a channel that waits for the agent
        std::unique_ptr<Connector> connector;
        Fd socket;
        std::unique_ptr<Watch> watch;                             // goes before the socket
        Buffer answer;
    };
    void connected(ChannelId channel, Result<Fd> socket);
    void answered(ChannelId channel);
    void refuse(ChannelId channel, std::string_view why);

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    std::string socket_;
    const SessionBinding& binding_;
    Log& log_;
    std::map<std::uint32_t, std::unique_ptr<Opening>> opening_;
    SocketChannels joined_;
    std::set<std::uint32_t> channels_;                            // of those
};

} // namespace nacre
