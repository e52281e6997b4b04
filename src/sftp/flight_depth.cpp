#include "sftp/flight_depth.h"

#include <algorithm>

namespace nacre::sftp {

namespace {

// Below this a rate says more about the scheduler than about the path.
constexpr Duration shortest_round = std::chrono::milliseconds{5};

double seconds(Duration span) { return std::chrono::duration<double>{span}.count(); }

} // namespace

void FlightDepth::answered(std::uint64_t bytes, Duration round_trip, TimePoint now)
{
    in_flight_ -= std::min(bytes, in_flight_);
    shortest_ = std::min(shortest_, std::max(round_trip, Duration{1}));
    if (bytes == 0)
        return;
    if (round_bytes_ == 0 && round_start_ == TimePoint{})
        round_start_ = now - round_trip;
    round_bytes_ += bytes;
    auto elapsed = now - round_start_;
    if (elapsed < std::max(shortest_, shortest_round))
        return;
    auto product = static_cast<double>(round_bytes_) / seconds(elapsed) * seconds(shortest_);
    auto wanted = static_cast<std::uint64_t>(std::min(2 * product, static_cast<double>(limits_.most)));
    target_ = std::clamp(std::max(target_, std::min(wanted, 2 * target_)), limits_.least, limits_.most);
    round_start_ = now;
    round_bytes_ = 0;
}

} // namespace nacre::sftp
