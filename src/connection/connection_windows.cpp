// What a Connection grants the peer: credit for what was read, and larger windows where they help (RFC 4254 §5.2).
#include <algorithm>

#include "connection/connection.h"

namespace nacre {

void Connection::data_consumed(ChannelId id, std::size_t count)
{
    auto* channel = find(id);
    if (!channel || channel->state != Channel::State::open)
        return;
    fit_window(*channel);
    auto credit = channel->receive_window.consume(static_cast<std::uint32_t>(count), transport_.now());
    if (credit && !channel->peer_finished)
        transport_.send(ChannelWindowAdjust{channel->peer_number, *credit});
}

void Connection::fit_window(Channel& channel)
{
    auto& window = channel.receive_window;
    if (auto trip = window.quickest_trip())
        quickest_trip_ = std::min(quickest_trip_.value_or(*trip), *trip);
    bool alone = count_ < 2 || !quickest_trip_;                   // or nothing is known yet
    auto most = alone ? UINT32_MAX : most_beside_others(*quickest_trip_, channel.limits.window);
    window.hold_to(most);
    bool helps = !quickest_trip_ || window.size() < largest_useful_window(*quickest_trip_);
    if (window.was_starved() && window.size() < most && helps)
        widen(channel);
}

void Connection::widen(Channel& channel)
{
    std::uint64_t size = channel.receive_window.size();
    auto useful = quickest_trip_ ? largest_useful_window(*quickest_trip_) : 0;
    auto wanted = std::max(2 * size, std::min(4 * size, useful)); // few steps: each takes the time there and back
    grow(channel, static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, largest_window)));
}

void Connection::widen(ChannelId id, std::uint32_t size)
{
    auto* channel = find(id);
    if (!channel || channel->state != Channel::State::open)
        return;
    grow(*channel, std::min(size, largest_window));
    data_consumed(id, 0);
}

void Connection::grow(Channel& channel, std::uint32_t size)
{
    auto& window = channel.receive_window;
    if (size <= window.size() || growth_ + (size - window.size()) > most_growth)
        return;
    growth_ += size - window.size();
    window.grow(size);
}

} // namespace nacre
