// What happened when, while a connection was made: entries in, text or a picture out (ssh --timeline).
//
// Nothing here reads a clock or knows a socket.  An entry says what had happened at its time, and what had been waited for,
// sent and received until then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "transport/worth.h"

namespace nacre {

// How much has gone either way, and how often one had to wait for the other.
struct Traffic {
    std::uint64_t sent = 0, received = 0;                         // bytes of SSH, version lines included
    unsigned round_trips = 0;
};

// Counts the waits: something came that may be an answer to what was sent.  What had already been on its way when we sent
// is none, as far as the time that TCP's handshake took can tell.
class RoundTrips {
public:
    void path_takes(Duration round_trip) { path_ = round_trip; }
    void look(TimePoint now, std::uint64_t sent, std::uint64_t received);
    Traffic traffic() const { return traffic_; }

private:
    Traffic traffic_;
    Duration path_{0};
    std::optional<TimePoint> asked_;                              // when what is not answered yet was sent
};

struct TimelineEntry {
    Duration at{0};                                               // since the start
    Traffic traffic;
    std::string what;                                             // "TCP", "version"
    std::string detail;                                           // printable
    std::optional<Worth> worth;
};

class Timeline {
public:
    // `title`: "user@host", printable.
    Timeline(TimePoint start, std::string title) : start_(start), title_(std::move(title)) {}

    // Entries stay in the order of their times.
    void add(TimePoint when, Traffic traffic, std::string_view what, std::string detail,
             std::optional<Worth> worth = std::nullopt);

    const std::string& title() const { return title_; }
    const std::vector<TimelineEntry>& entries() const { return entries_; }
    static constexpr std::size_t most_entries = 200;              // a server may refuse many keys; the last one stays

private:
    TimePoint start_;
    std::string title_;
    std::vector<TimelineEntry> entries_;
};

std::string timeline_text(const Timeline& timeline);              // lines, for a terminal
// A whole page in one file: nothing is loaded from elsewhere, nothing is a script.
std::string timeline_html(const Timeline& timeline);

} // namespace nacre
