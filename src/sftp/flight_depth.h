// How much of a file to keep in flight, learned from what the path delivers.
//
// A path is full when as many bytes are under way as it delivers in one round trip.  Both are measured: the shortest
// time from a request to its answer, and bytes answered per second.  Twice their product, no less than a floor and no
// more than a ceiling, is what may be under way; it doubles at most once per round trip, and never shrinks, since a
// path that was quick once may be so again.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace nacre::sftp {

// Bytes; as much as OpenSSH's programs have in flight.  The window of a channel for files takes it at once, on either side: one
// that begins smaller costs each transfer a round trip for each time it doubles.
inline constexpr std::uint32_t first_depth = 16 * 1024 * 1024;

struct DepthLimits {
    std::uint64_t least = first_depth;
    std::uint64_t most = std::uint64_t{128} << 20;                // bytes; costs memory only where somebody else queues
};

class FlightDepth {
public:
    explicit FlightDepth(DepthLimits limits = {}) : limits_(limits), target_(limits.least) {}

    bool has_room() const { return in_flight_ < target_; }
    std::uint64_t target() const { return target_; }

    void sent(std::uint64_t bytes) { in_flight_ += bytes; }
    // An answer for `bytes` (0: a request that moves no data) that took `round_trip`.
    void answered(std::uint64_t bytes, Duration round_trip, TimePoint now);

private:
    DepthLimits limits_;
    std::uint64_t target_;
    std::uint64_t in_flight_ = 0;
    Duration shortest_ = Duration::max();
    TimePoint round_start_{};
    std::uint64_t round_bytes_ = 0;
};

} // namespace nacre::sftp
