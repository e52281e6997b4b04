#include "server/search_times.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "os/system_error.h"

namespace nacre {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t size = sizeof(std::atomic<std::int64_t>);

} // namespace

Result<Fd> SearchTimes::make_memory()
{
    Fd memory{::memfd_create("search-times", MFD_CLOEXEC)};
    if (!memory || ::ftruncate(memory.number(), size) < 0)
        return errno_failure("memory for times of searches");
    return memory;
}

SearchTimes::SearchTimes(int memory)
{
    static_assert(std::atomic<std::int64_t>::is_always_lock_free);   // a lock could be held by a process that is gone
    auto* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (page != MAP_FAILED)                                       // new memory is full of zeros
        nanoseconds_ = std::launder(static_cast<std::atomic<std::int64_t>*>(page));
}

SearchTimes::~SearchTimes()
{
    if (nanoseconds_)
        ::munmap(nanoseconds_, size);
}

void SearchTimes::took(Duration time) const
{
    if (!nanoseconds_)
        return;
    auto now = std::chrono::duration_cast<nanoseconds>(std::min(time, longest)).count();
    auto before = nanoseconds_->load();
    auto excess = std::max<std::int64_t>(before - now, 0);
    nanoseconds_->store(now + excess - excess / 8);               // of two at once one may be lost, which harms nothing
}

Duration SearchTimes::lately() const
{
    return nanoseconds_ ? std::clamp<Duration>(nanoseconds{nanoseconds_->load()}, Duration{0}, longest) : Duration{0};
}

} // namespace nacre
