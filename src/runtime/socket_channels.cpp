#include "runtime/socket_channels.h"

#include <utility>

namespace nacre {

void SocketChannels::join(ChannelId channel, Fd socket, Bytes already_read)
{
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(socket));
    if (!already_read.empty())
        endpoint->begin_with(already_read);
    auto& inner = *endpoint;
    join(channel, std::move(endpoint), inner);
}

void SocketChannels::join(ChannelId channel, std::unique_ptr<ChannelEndpoint> outer, FdEndpoint& inner)
{
    auto& joined = joined_[channel.value] = {.endpoint = &inner, .farewell = {}};
    inner.on_over = [this, channel, &joined] {
        joined.farewell = loop_.at(loop_.now(), [this, channel] {
            connection_.close(channel);
            driver_.advance();                                    // or nobody would send it now
        });
    };
    connection_.hold_close(channel);
    driver_.attach(channel, std::move(outer));
}

void SocketChannels::end()
{
    for (auto& [channel, joined] : std::exchange(joined_, {}))
        driver_.detach({channel});
}

// Who has closed the channel takes nothing more.
void SocketChannels::on(const PeerFinished& event)
{
    auto found = joined_.find(event.channel.value);
    if (found != joined_.end() && connection_.is_closed_by_peer(event.channel))
        found->second.endpoint->stop_reading();
}

bool SocketChannels::on(const Closed& event)
{
    if (joined_.erase(event.channel.value) == 0)
        return false;
    driver_.detach(event.channel);
    return true;
}

} // namespace nacre
