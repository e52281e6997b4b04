// Signals that wait to be read instead of interrupting, for programs without an event loop.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "os/fd.h"

namespace nacre {

class SignalQueue {
public:
    // From now on these are held back, until release() or for good, but for what is ignored, which stays so.
    static Result<SignalQueue> hold(std::span<const int> signals);

    int descriptor() const { return fd_.number(); }               // readable while one waits
    std::optional<int> next();                                    // does not wait
    void release();                                               // what still waits arrives now

private:
    SignalQueue(Fd fd, std::span<const int> signals) : fd_(std::move(fd)), signals_(signals.begin(), signals.end()) {}

    Fd fd_;
    std::vector<int> signals_;
};

// Until one of them is readable (or at its end): which one, 0 or 1.
Result<int> wait_for_either(int first, int second);

} // namespace nacre
