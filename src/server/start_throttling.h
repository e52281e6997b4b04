// How loudly the log tells of connections that MaxStartups or PerSourceMaxStartups refuse: whoever makes them may be glad of a
// log that fills up, so that it is said when refusing begins, every five minutes, and when it is over.
//
// Pure: the caller brings the time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "config/server_options.h"
#include "server/events.h"

namespace nacre {

class StartThrottling {
public:
    explicit StartThrottling(const ServerOptions& options) : begin_(options.max_startups.begin) {}

    // What the log is told besides, of which this one then is an example; nothing: it is one of many.
    std::optional<events::Throttling> refused(TimePoint now);
    // `under_way`: without this one.
    std::optional<events::Throttling> welcomed(TimePoint now, std::uint32_t under_way);

private:
    events::Throttling tell(events::ThrottlingState state, TimePoint now);

    std::uint32_t begin_;
    std::optional<TimePoint> since_;                              // nothing: not now
    TimePoint told_;
    std::uint64_t dropped_ = 0;
};

} // namespace nacre
