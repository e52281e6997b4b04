// PRIVILEGED: used by sshd.
#include "server/start_throttling.h"

#include <chrono>

namespace nacre {
namespace {

constexpr Duration told_every = std::chrono::minutes{5};

} // namespace

std::optional<events::Throttling> StartThrottling::refused(TimePoint now)
{
    bool begins = !since_;
    if (begins) {
        since_ = now;
        dropped_ = 0;
    }
    ++dropped_;
    if (!begins && now - told_ < told_every)
        return std::nullopt;
    return tell(begins ? events::ThrottlingState::began : events::ThrottlingState::lasts, now);
}

// Not as soon as there is room for one: it would be over and begin again with each that leaves.
std::optional<events::Throttling> StartThrottling::welcomed(TimePoint now, std::uint32_t under_way)
{
    if (!since_ || (under_way > 0 && under_way + 1 >= begin_))
        return std::nullopt;
    auto over = tell(events::ThrottlingState::ended, now);
    since_.reset();
    return over;
}

events::Throttling StartThrottling::tell(events::ThrottlingState state, TimePoint now)
{
    told_ = now;
    return {state == events::ThrottlingState::ended ? LogLevel::info : LogLevel::error, state,
            std::chrono::duration_cast<Seconds>(now - *since_).count(), dropped_};
}

} // namespace nacre
