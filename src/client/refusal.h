// A server that is too busy for one more connection writes a line in the place of its version and hangs up (MaxStartups,
// PerSourceMaxStartups, PerSourcePenalties).  Most of the time there is room again a moment later.
//
// OpenSSH's client does not try again.  Ours does, three times within a few seconds, each client after a time of its own,
// so that many that were sent away together do not come back together.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/time.h"
#include "crypto/random.h"

namespace nacre {

// Whether one of these lines says so.
bool is_refusal(std::span<const std::string> greeting);

class RefusedAttempts {
public:
    explicit RefusedAttempts(Random& random) : random_(random) {}

    // How long to wait before the next attempt: 0.25 to 0.75 s, then twice and then four times as long; then nothing.
    std::optional<Duration> next_pause();

private:
    Random& random_;
    unsigned made_ = 0;
};

// The first of these lines that is not empty, quoted and printable; empty if there is none.
std::string quoted_greeting(std::span<const std::string> greeting);

} // namespace nacre
