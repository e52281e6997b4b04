#include "crypto/random.h"

#include <openssl/crypto.h>
#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "base/contract.h"

namespace nacre {

namespace {

// Counts the forks between the first process and this one, so that parent and child never hand out the same bytes.
// (pthread_atfork comes with libcrypto's header; asking for the process id would be a system call per request.)
std::atomic<std::uint64_t> forks{0};

void watch_forks()
{
    static const bool watching = pthread_atfork(nullptr, nullptr, [] { ++forks; }) == 0;
    NACRE_EXPECTS(watching);
}

// Not by arc4random_buf(3): libbsd.a, which some programs contain, has one of its own that ends the process without a
// word where there is no memory.  A kernel that gives nothing leaves nothing sane to do.
void fill_from_kernel(MutableBytes bytes)
{
    while (!bytes.empty()) {
        auto got = ::getrandom(bytes.data(), bytes.size(), 0);
        NACRE_EXPECTS(got > 0 || errno == EINTR);
        bytes = bytes.subspan(got > 0 ? static_cast<std::size_t>(got) : 0);
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
