#include "os/memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

namespace nacre {
namespace {

// What calls that have returned left below this one's frame.  Only the first thread's stack: nothing else lies within a
// megabyte below that (the kernel's guard gap), so it does no harm to reach beyond its end.
[[gnu::noinline]] void give_back_stack()
{
    constexpr std::uintptr_t reach = 256 * 1024, own_frame = 1024;
    if (::getpid() != ::gettid())
        return;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    auto end = (here - own_frame) / page * page;
    ::madvise(reinterpret_cast<void*>(end - reach), reach, MADV_DONTNEED);
}

std::terminate_handler end_otherwise = nullptr;

[[noreturn]] void end_by_exception()
{
    try {
        if (auto thrown = std::current_exception())
            std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        constexpr std::string_view words = "out of memory\n";
        (void)!::write(STDERR_FILENO, words.data(), words.size());
        std::_Exit(255);
    } catch (...) {
        if (end_otherwise)
            end_otherwise();
    }
    std::abort();
}

} // namespace

void give_back_free_memory()
{
    ::malloc_trim(0);
    give_back_stack();
}

void say_if_memory_runs_out()
{
    end_otherwise = std::set_terminate(end_by_exception);
}

} // namespace nacre
