#include "runtime/tunnel_endpoint.h"

#include <algorithm>

#include "wire/writer.h"

namespace nacre {
namespace {

constexpr std::size_t family_size = 4;                            // before each packet of point_to_point
constexpr std::size_t smallest_space = family_size + 1;

// The version is in the first half of an IP packet's first byte.
TunnelFamily family_of(std::uint8_t first_byte)
{
    return first_byte >> 4 == 6 ? TunnelFamily::ipv6 : TunnelFamily::ipv4;
}

} // namespace

void TunnelEndpoint::attached(EndpointHost& host, ChannelId channel)
{
    host_ = &host;
    channel_ = channel;
    watch_ = loop_.watch(device_.number(), {.readable = true}, [this](Ready) {
        watch_->set({});                                          // until the driver has collected
        host_->ready_to_give(channel_);
    });
}

void TunnelEndpoint::deliver(Stream stream, Bytes data)
{
    auto packet = data;
    if (kind_ == TunnelKind::point_to_point)
        packet = packet.subspan(std::min(family_size, packet.size()));
    if (stream == Stream::data && !packet.empty())
        (void)write_some(device_.number(), packet);               // a packet that is refused is lost
    host_->consumed(channel_, data.size());
}

Given TunnelEndpoint::collect(Stream stream, MutableBytes space)
{
    if (stream != Stream::data)
        return {.finished = true};
    if (space.size() < smallest_space)
        return {};                                                // asked again when the window opens
    std::size_t head = kind_ == TunnelKind::point_to_point ? family_size : 0;
    auto outcome = read_some(device_.number(), space.subspan(head));
    if (outcome && outcome->would_block) {
        watch_->set({.readable = true});
        return {};
    }
    if (!outcome || outcome->end) {
        watch_.reset();
        return {.finished = true};
    }
    if (head + outcome->bytes == space.size())
        return {.more = true};                                    // probably cut off: lost
    if (head > 0)
        Writer::store_u32(space.data(), static_cast<std::uint32_t>(family_of(space[head])));
    return {.bytes = head + outcome->bytes, .more = true};
}

} // namespace nacre
