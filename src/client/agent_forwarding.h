// The server's programs use our agent (ForwardAgent, -A): each of their connections is a channel that ends at its socket.
#pragma once

#include <set>
#include <string>

#include "base/log.h"
#include "client/agents.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"

namespace nacre {

class AgentForwarding {
public:
    AgentForwarding(EventLoop& loop, ConnectionDriver& driver, Connection& connection, std::string socket,
                    const SessionBinding& binding, Log& log)
        : loop_(loop), driver_(driver), connection_(connection), socket_(std::move(socket)), binding_(binding), log_(log)
    {
    }

    void open(ChannelId channel);                                 // that the server asks for: accepted or refused
    void on(const PeerFinished& event);
    bool on(const Closed& event);                                 // false: not ours

    std::size_t count() const { return channels_.size(); }
    const std::set<std::uint32_t>& channels() const { return channels_; }

    static constexpr std::size_t most_channels = 64;

private:
    Result<Fd> connect() const;

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    std::string socket_;
    const SessionBinding& binding_;
    Log& log_;
    std::set<std::uint32_t> channels_;
};

} // namespace nacre
