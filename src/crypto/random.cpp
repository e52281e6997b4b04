#include "crypto/random.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/contract.h"

namespace nacre {

namespace {

// How many forks there are between the first process and this one, so that parent and child never hand out the same bytes.
// (Asking for the process id would be a system call per request.)
std::atomic<std::uint64_t> forks{0};

// Seven in this process, zero in each child of it, however that was made: the kernel empties the page.  Null where it cannot,
// and then pthread_atfork(), which comes with libcrypto's header, counts what fork() made.
constexpr std::uint8_t not_forked = 7;

std::uint8_t* make_mark()
{
    constexpr std::size_t size = 4096;                            // the kernel makes a page of it, whatever a page is
    auto* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED && ::madvise(page, size, MADV_WIPEONFORK) == 0) {
        *static_cast<std::uint8_t*>(page) = not_forked;
        return static_cast<std::uint8_t*>(page);
    }
    if (page != MAP_FAILED)
        ::munmap(page, size);
    static const bool watching = pthread_atfork(nullptr, nullptr, [] { ++forks; }) == 0;
    NACRE_EXPECTS(watching);
    return nullptr;
}

std::uint64_t count_forks()
{
    static std::uint8_t* const mark = make_mark();
    if (mark != nullptr && *mark != not_forked) {
        *mark = not_forked;
        ++forks;
    }
    return forks.load(std::memory_order_relaxed);
}

// Not by arc4random_buf(3): libbsd.a, which some programs contain, has one of its own that ends the process without a
// word where there is no memory.  A kernel that gives nothing (or a container's filter) leaves nothing sane to do.
void fill_from_kernel(MutableBytes bytes)
{
    while (!bytes.empty()) {
        auto got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno != EINTR) {
            std::fprintf(stderr, "no random numbers: getrandom: %s\n", std::strerror(errno));
            std::_Exit(255);
        }
        bytes = bytes.subspan(got > 0 ? static_cast<std::size_t>(got) : 0);
    }
}

} // namespace

SystemRandom::~SystemRandom() { wipe(buffer_); }

void SystemRandom::fill(MutableBytes bytes)
{
    if (bytes.size() > buffer_.size() / 4)
        return fill_from_kernel(bytes);
    if (left_ < bytes.size() || process_ != count_forks())
        refill();
    auto unused = MutableBytes{buffer_}.last(left_).first(bytes.size());
    std::ranges::copy(unused, bytes.begin());
    wipe(unused);
    left_ -= bytes.size();
}

void SystemRandom::refill()
{
    process_ = count_forks();
    fill_from_kernel(buffer_);
    left_ = buffer_.size();
}

} // namespace nacre
