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

// Takes away what we have written behind what was there before; where anything else stands there it is somebody's.
void cut_back(int fd, const FileFacts& before, std::string_view written)
{
    auto now = file_facts(fd);
    if (written.empty() || !now || !now->is_regular || now->size != before.size + written.size())
        return;
    std::string tail(written.size(), '\0');
    auto got = ::pread(fd, tail.data(), tail.size(), static_cast<off_t>(before.size));
    if (got == static_cast<ssize_t>(tail.size()) && tail == written)
        (void)!::ftruncate(fd, static_cast<off_t>(before.size));
}

// All of it, or nothing.
Result<void> append(int fd, std::string_view text)
{
    auto before = TRY(file_facts(fd));
    for (std::size_t done = 0; done < text.size();) {
        auto io = write_some(fd, as_bytes(text.substr(done)));
        if (!io) {
            cut_back(fd, before, text.substr(0, done));
            return fail(std::move(io).error());
        }
        done += io->bytes;
    }
    return {};
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
    if (auto written = append(file.number(), whole); !written)
        return fail(in_context(path, std::move(written).error()));
    return {};
}

} // namespace nacre
