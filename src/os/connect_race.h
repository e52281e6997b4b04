// Connecting to whichever of several addresses answers first (RFC 8305, "Happy Eyeballs").
//
// An address that swallows packets costs a quarter of a second instead of the kernel's two minutes.  One poll loop, no
// threads; names have been resolved before.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "os/socket.h"

namespace nacre {

struct ConnectCandidate {
    SocketAddress to;
    ConnectOptions how{};
};

struct RaceRules {
    std::string name{};                                           // of the host, printable, for the log
    Duration stagger = std::chrono::milliseconds{250};            // §5: before the next one starts beside those under way
    std::optional<Duration> patience{};                           // of each attempt, from its own start
    std::size_t most_at_once = 16;                                // sockets; then the next waits for a failure
};

struct FailedConnect {
    SocketAddress to;
    Error why;
};

struct RaceOutcome {
    Fd socket{};                                                  // none: nobody has won
    SocketAddress peer{};
    std::vector<FailedConnect> failures{};                        // in the order in which they failed
};

// "Connection refused" of "connect: Connection refused"; what failed before that call says so itself.  A view into `why`.
std::string_view reason_of_connect(const Error& why);

// §4: families take turns, beginning with that of the first address; within a family the order stays.
std::vector<SocketAddress> take_turns(std::span<const SocketAddress> addresses);

// Waits.  Candidates start in their order, the next as soon as one has failed; the losers' sockets are closed.
RaceOutcome race_to_connect(std::span<const ConnectCandidate> candidates, const RaceRules& rules, Log& log);

} // namespace nacre
