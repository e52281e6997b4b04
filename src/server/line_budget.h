// How many log lines sshd-net may have written: a burst, and then so many a second.
//
// sshd-net talks to strangers; one that was taken over shall not fill the disk.  Pure: the caller brings the time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/time.h"

namespace nacre {

class LineBudget {
public:
    static constexpr std::int64_t burst = 2000;                   // lines; what DEBUG3 says of a busy start fits in
    static constexpr std::int64_t per_second = 100;

    // May one more line be written?
    bool spend(TimePoint now)
    {
        auto seconds = std::chrono::duration_cast<Seconds>(now - last_.value_or(now)).count();
        if (!last_)
            last_ = now;
        if (seconds > 0) {
            left_ = std::min(burst, left_ + std::min(seconds, burst) * per_second);
            *last_ += Seconds{seconds};
        }
        if (left_ == 0) {
            ++left_out_;
            return false;
        }
        --left_;
        return true;
    }
    std::uint64_t take_left_out() { return std::exchange(left_out_, 0); }   // lines, since the last call

private:
    std::int64_t left_ = burst;
    std::uint64_t left_out_ = 0;
    std::optional<TimePoint> last_;
};

} // namespace nacre
