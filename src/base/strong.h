// One-field types that cannot be mixed up, for numbers that mean something.
#pragma once

#include <compare>
#include <cstdint>

namespace nacre {

template <class Tag, class T>
struct Strong {                                                   // a number with a meaning of its own
    T value{};

    friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

// Our number for a channel, and the peer's number for the same channel (RFC 4254 §5).
using ChannelId = Strong<struct ChannelIdTag, std::uint32_t>;
using PeerChannelId = Strong<struct PeerChannelIdTag, std::uint32_t>;   // see ChannelId

// Counts packets in one direction, modulo 2^32 (RFC 4253 §6.4).
using SequenceNumber = Strong<struct SequenceNumberTag, std::uint32_t>;

// The first byte of every payload (RFC 4250 §4.1).
using MessageNumber = Strong<struct MessageNumberTag, std::uint8_t>;

} // namespace nacre
