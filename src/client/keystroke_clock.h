// ObscureKeystrokeTiming: when keys were pressed tells who listens what was typed, so they leave on the beat of a clock.
//
// The first key starts the clock; from then on a packet leaves at every beat, one with keys or one without a meaning
// (ping@openssh.com), until a random time after the last key.  Nothing here sends or waits.
#pragma once

#include <chrono>
#include <optional>

#include "base/time.h"
#include "crypto/random.h"

namespace nacre {

class KeystrokeClock {
public:
    KeystrokeClock(Duration interval, Random& random) : interval_(interval), random_(random) {}

    // A key was pressed.  True: the clock stood still, it may leave now; otherwise at a beat.
    bool pressed(TimePoint now);

    enum class Beat { none, keystrokes, chaff };
    Beat beat(TimePoint now);                                     // none: too early, or the clock has just stopped
    std::optional<TimePoint> next() const { return next_; }       // nothing: it stands still
    void stop();

    // How long after the last key something still leaves at each beat.
    static constexpr std::chrono::milliseconds shortest_chaff{1024}, longest_chaff{3072};

private:
    double share();                                               // [0, 1)
    Duration about_one_interval();

    Duration interval_;
    Random& random_;
    std::optional<TimePoint> next_;
    TimePoint chaff_until_{};
    bool waiting_ = false;                                        // keys for the next beat
};

} // namespace nacre
