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

    // May draw; cheap if it is not time yet.
    void show(const sftp::Copier& copier, TimePoint now);
    void finished(const sftp::CopyNews& news);                    // a line that stays
    void clear();                                                 // before something else is printed

private:
    bool may_draw() const;
    std::string line(const sftp::Copier& copier, TimePoint now);
    void draw(std::string text);

    bool wanted_;
    bool drawn_ = false;
    std::optional<TimePoint> begun_, drawn_at_;
    TimePoint measured_at_{};
    std::uint64_t measured_bytes_ = 0;
    double rate_ = 0;                                             // bytes per second, lately
};

} // namespace nacre
