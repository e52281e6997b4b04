#include "client/agent_forwarding.h"

#include <memory>

#include "agent/agent_client.h"

namespace nacre {
namespace {

constexpr std::size_t bytes_at_once = 4096;

} // namespace

void AgentForwarding::open(ChannelId channel)
{
    if (opening_.size() >= most_waiting) {
        connection_.refuse(channel, OpenFailure::resource_shortage, "too many wait for the agent");
        return;
    }
    auto& opening = opening_[channel.value];
    opening = std::make_unique<Opening>();
    opening->connector = std::make_unique<Connector>(
        loop_, ConnectTarget{.path = socket_}, IpFamily::any,
        [this, channel](Result<Fd> socket) { connected(channel, std::move(socket)); });
}

// The agent must know that what follows is not ours, or it would give away keys that are not meant for that host.  An
// agent without that request has no such keys.
void AgentForwarding::connected(ChannelId channel, Result<Fd> socket)
{
    if (!socket) {
        refuse(channel, socket.error().what);
        return;
    }
    auto request = agent::bind_request(binding_.message(true));
    auto written = write_some(socket->number(), request.data());
    if (!written || written->bytes < request.size()) {
        refuse(channel, written ? "it takes no requests" : written.error().what);
        return;
    }
    auto& opening = *opening_.at(channel.value);
    opening.socket = std::move(*socket);
    opening.watch = loop_.watch(opening.socket.number(), {.readable = true}, [this, channel](Ready) { answered(channel); });
}

void AgentForwarding::answered(ChannelId channel)
{
    auto& opening = *opening_.at(channel.value);
    auto got = read_some(opening.socket.number(), opening.answer.space(bytes_at_once).first(bytes_at_once));
    if (got && got->would_block)
        return;
    if (!got || got->end) {
        refuse(channel, got ? "it hung up" : got.error().what);
        return;
    }
    opening.answer.filled(got->bytes);
    auto body = next_frame(opening.answer.data(), agent::frames);
    if (body && !*body)
        return;
    auto bound = body ? agent::read_success(**body) : Result<void>{fail(body.error())};
    if (!bound && bound.error().kind != ErrorKind::not_permitted) {
        refuse(channel, bound.error().what);
        return;
    }
    if (!bound)
        log_.debug1("agent: not bound to the session: {}", bound.error().what);
    auto done = opening_.extract(channel.value);
    done.mapped()->watch.reset();
    connection_.accept(channel);
    channels_.insert(channel.value);
    joined_.join(channel, std::move(done.mapped()->socket));
    driver_.advance();
}

void AgentForwarding::refuse(ChannelId channel, std::string_view why)
{
    log_.debug1("agent forwarding: the agent cannot be reached: {}", why);
    auto done = opening_.extract(channel.value);
    connection_.refuse(channel, OpenFailure::connect_failed, "the agent cannot be reached");
    driver_.advance();
}

bool AgentForwarding::on(const Closed& event)
{
    channels_.erase(event.channel.value);
    return joined_.on(event);
}

} // namespace nacre
