// When to ask for new keys (RFC 4253 §9, RFC 4344 §3).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "transport/ciphers.h"
#include "transport/packet_cipher.h"
#include "transport/rekey_limits.h"

namespace nacre {

class RekeyPolicy {
public:
    explicit RekeyPolicy(RekeyLimits limits) : limits_(limits) {}

    // From now on, for the keys in use too.
    void change(RekeyLimits limits, const Cipher& sending, const Cipher& receiving)
    {
        limits_ = limits;
        send_limit_ = byte_limit(sending);
        receive_limit_ = byte_limit(receiving);
    }

    // New keys in both directions.
    void keys_taken(const Cipher& sending, const Cipher& receiving, TimePoint now)
    {
        send_limit_ = byte_limit(sending);
        receive_limit_ = byte_limit(receiving);
        since_ = now;
    }

    // The positions tell what the keys have protected so far.
    bool due(const PacketPosition& sent, const PacketPosition& received, TimePoint now) const
    {
        if (sent.packet == 0 && received.packet == 0)
            return false;
        return sent.offset >= send_limit_ || received.offset >= receive_limit_ || sent.packet >= packet_limit ||
               received.packet >= packet_limit || (limits_.interval.count() != 0 && now >= since_ + limits_.interval);
    }
    std::optional<TimePoint> deadline(const PacketPosition& sent, const PacketPosition& received) const
    {
        if (limits_.interval.count() == 0 || (sent.packet == 0 && received.packet == 0))
            return std::nullopt;
        return since_ + limits_.interval;
    }

private:
    // RFC 4344 §3.1: "SHOULD initiate key re-exchange after 2^31 packets"; sequence numbers must not repeat.
    static constexpr std::uint64_t packet_limit = std::uint64_t{1} << 31;

    // RFC 4344 §3.2: 2^(L/4) blocks of L bits; for small blocks 1 GiB (RFC 4253 §9).
    std::uint64_t byte_limit(const Cipher& cipher) const
    {
        std::uint64_t by_cipher = cipher.block_size >= 16 ? std::uint64_t{16} << 32 : std::uint64_t{1} << 30;
        return limits_.bytes != 0 ? std::min(limits_.bytes, by_cipher) : by_cipher;
    }

    RekeyLimits limits_;
    std::uint64_t send_limit_ = 0, receive_limit_ = 0;
    TimePoint since_{};
};

} // namespace nacre
