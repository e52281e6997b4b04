// What a channel lets the peer send: the window and the packet that CHANNEL_OPEN and its confirmation name (RFC 4254 §5.1).
#pragma once

#include <cstdint>

namespace nacre {

struct ChannelLimits {                                            // of one channel
    std::uint32_t window = 2 * 1024 * 1024;                       // bytes the peer may have under way
    std::uint32_t largest_packet = 128 * 1024;                    // bytes of data in one message
};

} // namespace nacre
