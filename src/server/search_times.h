// How long the search for a key of an account took lately: all that are refused wait as long, whether they have an account or
// not, so that the time of a refusal does not tell, however slow homes and AuthorizedKeysCommand are.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

namespace nacre {

// In memory that the listener makes and all of its monitors share, so that each connection knows of those before it.
class SearchTimes {
public:
    static Result<Fd> make_memory();                              // to be inherited
    explicit SearchTimes(int memory);                             // which may be closed then; where it is none, nothing is remembered
    ~SearchTimes();
    SearchTimes(const SearchTimes&) = delete;
    SearchTimes& operator=(const SearchTimes&) = delete;

    // Of an account that exists.  One that took longer counts at once; of what is beyond the others an eighth is forgotten
    // with each.
    void took(Duration time) const;
    Duration lately() const;                                      // zero: there was none

    static constexpr Duration longest = std::chrono::seconds{1};  // nobody is kept waiting longer

private:
    std::atomic<std::int64_t>* nanoseconds_ = nullptr;            // in a page of its own
};

} // namespace nacre
