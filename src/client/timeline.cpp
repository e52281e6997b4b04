#include "client/timeline.h"

#include <fmt/format.h>

#include <algorithm>

namespace nacre {

void RoundTrips::look(TimePoint now, std::uint64_t sent, std::uint64_t received)
{
    constexpr double nearly = 0.8;                                // of the path's time: handshakes may have been slow
    if (received > traffic_.received && asked_ &&
        now - *asked_ >= std::chrono::duration_cast<Duration>(path_ * nearly)) {
        ++traffic_.round_trips;
        asked_.reset();
    }
    if (sent > traffic_.sent && !asked_)
        asked_ = now;
    traffic_.sent = sent;
    traffic_.received = received;
}

void Timeline::add(TimePoint when, Traffic traffic, std::string_view what, std::string detail, std::optional<Worth> worth)
{
    if (entries_.size() == most_entries)
        entries_.pop_back();
    TimelineEntry entry{when - start_, traffic, std::string{what}, std::move(detail), worth};
    auto place = std::ranges::upper_bound(entries_, entry.at, {}, &TimelineEntry::at);
    entries_.insert(place, std::move(entry));
}

std::string timeline_text(const Timeline& timeline)
{
    auto text = fmt::format("Timeline of {}\n{:>10} {:>6} {:>8} {:>9}\n", timeline.title(), "ms", "trips", "sent", "received");
    for (auto& entry : timeline.entries()) {
        auto milliseconds = std::chrono::duration<double, std::milli>(entry.at).count();
        auto worth = entry.worth ? fmt::format(" ({})", name_of(*entry.worth)) : std::string{};
        text += fmt::format("{:>10.1f} {:>6} {:>8} {:>9}  {:<13} {}{}\n", milliseconds, entry.traffic.round_trips,
                            entry.traffic.sent, entry.traffic.received, entry.what, entry.detail, worth);
    }
    return text;
}

} // namespace nacre
