// How long the search for a key of an account took lately: whoever has no account waits as long, so that the time of a
// refusal does not tell who exists, however slow homes and AuthorizedKeysCommand are.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/time.h"

namespace nacre {

// Shared by the process that makes it and its copies (fork), so that each connection knows of those before it.
class SearchTimes {
public:
    SearchTimes();                                                // without memory it remembers nothing
    ~SearchTimes();
    SearchTimes(const SearchTimes&) = delete;
    SearchTimes& operator=(const SearchTimes&) = delete;

    // Of an account that exists.  One that took longer counts at once; of what is beyond the others an eighth is forgotten
    // with each.
    void took(Duration time) const;
    Duration lately() const;                                      // zero: there was none

    static constexpr Duration longest = std::chrono::seconds{5};  // nobody is kept waiting longer

private:
    std::atomic<std::int64_t>* nanoseconds_ = nullptr;            // in a page of its own
};

} // namespace nacre
