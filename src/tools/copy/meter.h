// The line that says how far a transfer has come: the file, and the whole of what was asked for, in one.
//
// Only on a terminal, and only while we are in its foreground.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "sftp/copier.h"

namespace nacre {

// "1536KB", "1.5MB": four digits at most, powers of 1024.
std::string scaled(std::uint64_t bytes);
std::string scaled_rate(double bytes_per_second);                 // "11.8MB/s"
std::string clock_time(Seconds span);                             // "00:42", "1:02:03"

class Meter {
public:
    explicit Meter(bool wanted) : wanted_(wanted) {}

    struct State {
        sftp::CopyTotals totals{};
        std::optional<sftp::CurrentFile> current{};
    };
    // May draw; cheap if it is not time yet: only then is `state` asked for.
    template <class AskState>
    void show(TimePoint now, AskState state)
    {
        if (wanted_ && is_due(now))
            show_now(state(), now);
    }
    void finished(const sftp::CopyNews& news);                    // a line that stays
    void clear();                                                 // before something else is printed

private:
    bool is_due(TimePoint now) const;
    void show_now(const State& state, TimePoint now);
    bool may_draw() const;
    std::string line(const State& state, TimePoint now);
    void draw(std::string text);

    bool wanted_;
    bool drawn_ = false;
    std::optional<TimePoint> drawn_at_;
    TimePoint measured_at_{};
    std::uint64_t measured_bytes_ = 0;
    double rate_ = 0;                                             // bytes per second, lately
};

} // namespace nacre
