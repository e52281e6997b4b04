#include "crypto/random.h"

#include <pthread.h>
#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "base/contract.h"

namespace nacre {

namespace {

// Counts the forks between the first process and this one, so that parent and child never hand out the same bytes.
// (Asking for the process id would be a system call per request.)
std::atomic<std::uint64_t> forks{0};

void watch_forks()
{
    static const bool watching = pthread_atfork(nullptr, nullptr, [] { ++forks; }) == 0;
    NACRE_EXPECTS(watching);
}

// Only signals make it stop early; it fails where the kernel has no such call: nothing sane can follow.
void fill_from_kernel(MutableBytes bytes)
{
    while (!bytes.empty()) {
        const auto size = ::getrandom(bytes.data(), bytes.size(), 0);
        NACRE_EXPECTS(size > 0 || errno == EINTR);
        if (size > 0)
            bytes = bytes.subspan(static_cast<std::size_t>(size));
    }
}

} // namespace

SystemRandom::~SystemRandom() { wipe(buffer_); }

void SystemRandom::fill(MutableBytes bytes)
{
    if (bytes.size() > buffer_.size() / 4)
        return fill_from_kernel(bytes);
    if (left_ < bytes.size() || process_ != forks.load(std::memory_order_relaxed))
        refill();
    auto unused = MutableBytes{buffer_}.last(left_).first(bytes.size());
    std::ranges::copy(unused, bytes.begin());
    wipe(unused);
    left_ -= bytes.size();
}

void SystemRandom::refill()
{
    watch_forks();
    process_ = forks.load(std::memory_order_relaxed);
    fill_from_kernel(buffer_);
    left_ = buffer_.size();
}

} // namespace nacre
