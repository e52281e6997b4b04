// How often a connection may have keys exchanged.  Each time costs a signature with a host key, which a client could ask
// for without end; past a burst it waits for its turn, and nothing breaks.
//
// Pure: the caller brings the time, and waits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace nacre {

class ExchangePace {
public:
    // A client whose RekeyLimit is a few bytes needs a dozen before it is logged in, and one for each packet afterwards.
    struct Rate {
        std::int64_t burst;                                       // exchanges
        Duration each;                                            // and then one in this time
    };
    static constexpr Rate before_login{32, std::chrono::milliseconds{250}};
    static constexpr Rate after_login{256, std::chrono::milliseconds{50}};

    // How long the exchange that is asked for now has to wait; it counts as done.
    Duration wait_before_next(TimePoint now, const Rate& rate)
    {
        // `paid_until_`: when all exchanges so far are paid for, if each takes its time.
        auto start = std::max(paid_until_.value_or(now), now);
        auto wait = std::max(start - rate.burst * rate.each + rate.each - now, Duration::zero());
        paid_until_ = start + rate.each;
        return wait;
    }

private:
    std::optional<TimePoint> paid_until_;
};

} // namespace nacre
