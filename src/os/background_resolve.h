// Names to addresses while the loop goes on.
//
// Each lookup is a thread of its own, since the system's resolver only knows how to wait.  There are 256 at
// most, also of those whose caller has given up; then a lookup fails.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "os/event_loop.h"
#include "os/resolve.h"

namespace nacre {

// Destroyed before it has answered, it never will (the thread ends by itself).
class Lookup {
public:
    virtual ~Lookup() = default;
};

// `on_answer` is called once, from the loop, never from here.
Result<std::unique_ptr<Lookup>> resolve_in_background(EventLoop& loop, ResolveRequest request,
                                                      std::function<void(Result<Resolved>)> on_answer);

// Waits, but not for longer than that: ETIMEDOUT.  Without a bound it asks in this thread.
Result<Resolved> resolve_within(std::optional<Duration> patience, ResolveRequest request);

// Anywhere in the process, also for callers who have given up.  Whoever forks waits until there are none: a child is without
// the threads, so nothing would ever answer there.
bool are_names_looked_up();

} // namespace nacre
