#include "client/agent_forwarding.h"

#include <memory>

#include "os/unix_socket.h"
#include "runtime/fd_endpoint.h"

namespace nacre {

// The agent must know that what follows is not ours, or it would give away keys that are not meant for that host.  An
// agent without that request has no such keys.
Result<Fd> AgentForwarding::connect() const
{
    auto socket = TRY(connect_unix(socket_));
    auto copy = TRY(duplicate(socket.number()));
    AgentLink agent{std::move(copy)};
    auto bound = agent.bind(binding_.message(true));
    if (!bound && bound.error().kind != ErrorKind::not_permitted)
        return fail(std::move(bound.error()));
    if (!bound)
        log_.debug1("agent: not bound to the session: {}", bound.error().what);
    TRY(set_blocking(socket.number(), Blocking::no));
    return socket;
}

void AgentForwarding::open(ChannelId channel)
{
    auto socket = channels_.size() < most_channels ? connect() : Result<Fd>{not_permitted("too many agent channels")};
    if (!socket) {
        log_.debug1("agent forwarding: {}", socket.error().what);
        connection_.refuse(channel, OpenFailure::connect_failed, "the agent cannot be reached");
        return;
    }
    connection_.accept(channel);
    channels_.insert(channel.value);
    driver_.attach(channel, std::make_unique<FdEndpoint>(loop_, std::move(*socket)));
}

// Whoever asks no more wants no answers either.
void AgentForwarding::on(const PeerFinished& event)
{
    if (channels_.erase(event.channel.value) == 0)
        return;
    driver_.detach(event.channel);
    connection_.close(event.channel);
}

bool AgentForwarding::on(const Closed& event)
{
    if (channels_.erase(event.channel.value) == 0)
        return false;
    driver_.detach(event.channel);
    return true;
}

} // namespace nacre
