#include "os/waiting.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <thread>

#include "os/system_error.h"

namespace nacre {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto between_tries = std::chrono::milliseconds{20};     // flock(2) knows no time limit

// Whoever held it before us may have removed the file: then the lock is one on nothing.
bool is_still_there(const std::string& path, int file)
{
    struct stat ours {}, there {};
    return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

constexpr std::array ending_signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

// For a handler, which can look at nothing else.
std::array<char, PATH_MAX> name_to_remove{};
volatile std::sig_atomic_t may_remove = 0;

// The default is back already (SA_RESETHAND), and what is raised here comes when this is over.
void remove_and_end(int signal)
{
    if (may_remove != 0)
        ::unlink(name_to_remove.data());
    ::raise(signal);
}

void handle_endings(void (*from)(int), const struct sigaction& to)
{
    for (int signal : ending_signals) {
        struct sigaction now {};
        if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == from)
            ::sigaction(signal, &to, nullptr);
    }
}

} // namespace

void wait_until_readable(int fd)
{
    pollfd one{fd, POLLIN, 0};
    ::poll(&one, 1, -1);
}

bool wait_until_readable_unless(bool (*is_over)(), int fd)
{
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    pollfd one{fd, POLLIN, 0};
    bool over = is_over();
    while (!over && ::ppoll(&one, 1, nullptr, &before) < 0 && errno == EINTR)
        over = is_over();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return !over;
}

Result<bool> wait_until_readable(int fd, Duration patience)
{
    auto until = Clock::now() + patience;
    for (;;) {
        auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        pollfd one{fd, POLLIN, 0};
        int ready = ::poll(&one, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
        if (ready >= 0)
            return ready > 0;
        if (errno != EINTR)
            return errno_failure("poll");
    }
}

Result<std::optional<LockFile>> LockFile::take(const std::string& path, Duration patience)
{
    auto until = Clock::now() + patience;
    for (;;) {
        Fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
        if (!file)
            return errno_failure(path);
        if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0) {
            if (is_still_there(path, file.number()))
                return std::optional{LockFile{path, std::move(file)}};
            continue;
        }
        if (errno != EWOULDBLOCK && errno != EINTR)
            return errno_failure(path);
        if (Clock::now() >= until)
            return std::optional<LockFile>{};
        std::this_thread::sleep_for(between_tries);
    }
}

void LockFile::remove_at_signals() const
{
    if (path_.size() >= name_to_remove.size())
        return;
    std::ranges::copy(path_, name_to_remove.begin());
    name_to_remove[path_.size()] = '\0';
    may_remove = 1;
    struct sigaction removing {};
    removing.sa_handler = remove_and_end;
    removing.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigemptyset(&removing.sa_mask);
    handle_endings(SIG_DFL, removing);
}

LockFile::~LockFile()
{
    if (file_ && may_remove != 0 && path_ == name_to_remove.data()) {
        may_remove = 0;
        struct sigaction plain {};
        plain.sa_handler = SIG_DFL;
        handle_endings(remove_and_end, plain);
    }
    if (file_ && is_still_there(path_, file_.number()))
        ::unlink(path_.c_str());
}

} // namespace nacre
