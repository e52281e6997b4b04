#include "runtime/socket_channels.h"

#include <algorithm>

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
    joined_[channel.value] = &inner;
    inner.on_over = [this, channel] { close(channel); };
    driver_.attach(channel, std::move(outer));
}

void SocketChannels::close(ChannelId channel)
{
    connection_.close(channel);
    driver_.advance();                                            // or nobody would send it now
}

bool SocketChannels::on(const Closed& event)
{
    auto found = joined_.find(event.channel.value);
    if (found == joined_.end())
        return false;
    auto& inner = *found->second;
    joined_.erase(found);
    auto endpoint = driver_.detach(event.channel);
    endpoint->flush();                                            // data of this very turn
    if (inner.delivered_all())
        return true;
    auto lingering = std::make_unique<Lingering>();
    auto* pointer = lingering.get();
    lingering->endpoint = std::move(endpoint);
    if (lingering_.size() >= most_lingering)
        lingering_.pop_front();
    lingering_.push_back(std::move(lingering));
    inner.on_drained = [this, pointer] {
        pointer->farewell = loop_.at(loop_.now(), [this, pointer] {
            std::erase_if(lingering_, [pointer](auto& one) { return one.get() == pointer; });
        });
    };
    inner.outlive_channel();
    return true;
}

} // namespace nacre
