#include "client/keystroke_clock.h"

#include <algorithm>
#include <utility>

namespace nacre {
namespace {

// Beats are not quite regular, so that those of many connections do not stay together.
constexpr double unsteadiness = 0.1;                              // of the interval, around it

} // namespace

bool KeystrokeClock::pressed(TimePoint now)
{
    auto more = std::chrono::duration_cast<Duration>(share() * (longest_chaff - shortest_chaff));
    chaff_until_ = now + shortest_chaff + more;
    if (next_) {
        waiting_ = true;
        return false;
    }
    next_ = now + about_one_interval();
    return true;
}

KeystrokeClock::Beat KeystrokeClock::beat(TimePoint now)
{
    if (!next_ || now < *next_)
        return Beat::none;
    bool keys = std::exchange(waiting_, false);
    if (!keys && now >= chaff_until_) {
        stop();
        return Beat::none;
    }
    // A beat that was missed (a suspended process) is not made up for.
    next_ = std::max(*next_ + about_one_interval(), now);
    return keys ? Beat::keystrokes : Beat::chaff;
}

void KeystrokeClock::stop()
{
    next_.reset();
    waiting_ = false;
}

double KeystrokeClock::share()
{
    auto drawn = random_.bytes<2>();
    return (drawn[0] << 8 | drawn[1]) / 65536.0;
}

Duration KeystrokeClock::about_one_interval()
{
    return std::chrono::duration_cast<Duration>(interval_ * (1 + unsteadiness * (share() - 0.5)));
}

} // namespace nacre
