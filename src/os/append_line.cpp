// Lines at the end of files that others write to as well.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "os/safe_file.h"
#include "os/system_error.h"

namespace nacre {
namespace {

// A wish: some network file systems know no locks, and a program that stands still holds one for ever.
void lock_if_possible(int fd)
{
    constexpr std::chrono::milliseconds patience{1000}, between_tries{20};
    auto until = std::chrono::steady_clock::now() + patience;
    while (::flock(fd, LOCK_EX | LOCK_NB) < 0 && (errno == EWOULDBLOCK || errno == EINTR) &&
           std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(between_tries);
}

Result<bool> ends_without_newline(int fd)
{
    auto facts = TRY(file_facts(fd));
    char last = '\n';
    if (facts.size > 0 && ::pread(fd, &last, 1, static_cast<off_t>(facts.size) - 1) < 0)
        return errno_failure("read");
    return last != '\n';
}

// Takes away the beginning of `line` that stands at the end of what was there before; anything else is somebody else's.
void cut_back(int fd, const FileFacts& before, std::string_view line)
{
    auto now = file_facts(fd);
    if (!now || !now->is_regular || now->size <= before.size || now->size - before.size > line.size())
        return;
    std::string tail(static_cast<std::size_t>(now->size - before.size), '\0');
    auto got = ::pread(fd, tail.data(), tail.size(), static_cast<off_t>(before.size));
    if (got == static_cast<ssize_t>(tail.size()) && line.starts_with(tail))
        (void)!::ftruncate(fd, static_cast<off_t>(before.size));
}

} // namespace

Result<void> append_line(const std::string& path, std::string_view line, unsigned mode_if_new)
{
    Fd file{::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, static_cast<mode_t>(mode_if_new))};
    if (!file)
        return errno_failure(path);
    lock_if_possible(file.number());
    auto unfinished = TRY(ends_without_newline(file.number()));
    std::string whole{unfinished ? "\n" : ""};
    whole.append(line).append("\n");
    auto before = TRY(file_facts(file.number()));
    if (auto written = write_all(file.number(), as_bytes(whole)); !written) {
        cut_back(file.number(), before, whole);
        return fail(in_context(path, std::move(written).error()));
    }
    return {};
}

} // namespace nacre
