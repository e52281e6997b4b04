#include "connection/channel.h"

#include <algorithm>

namespace nacre {

std::uint32_t Channel::may_send(std::uint32_t at_most) const
{
    if (state != State::open || we_finished || peer_closed)
        return 0;
    return std::min({at_most, send_window.credit(), peer_largest_packet});
}

Result<void> Channel::receive(std::uint32_t bytes, TimePoint now)
{
    if (bytes > limits.largest_packet)
        return peer_misbehaved("a channel's data exceeds the largest packet we asked for");
    return receive_window.receive(bytes, now);
}

} // namespace nacre
