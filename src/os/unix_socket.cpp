#include "os/unix_socket.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "base/text.h"
#include "os/system_error.h"

namespace nacre {
namespace {

Result<sockaddr_un> to_name(const std::string& path)
{
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    // An empty path would mean a name of the kernel's choice, a leading NUL the abstract name space.
    if (path.empty() || path.contains('\0'))
        return bad_input("not a socket path: \"" + printable(path) + "\"");
    if (path.size() >= sizeof name.sun_path)
        return bad_input("path too long for a socket: \"" + printable(path) + "\"");
    std::memcpy(name.sun_path, path.data(), path.size());
    return name;
}

// umask belongs to the process; no thread of ours creates files while a socket is bound.
class MaskedCreation {
public:
    explicit MaskedCreation(unsigned mask) : previous_(::umask(static_cast<mode_t>(mask))) {}
    ~MaskedCreation() { ::umask(previous_); }
    MaskedCreation(const MaskedCreation&) = delete;
    MaskedCreation& operator=(const MaskedCreation&) = delete;

private:
    mode_t previous_;
};

} // namespace

Result<Fd> connect_unix(const std::string& path) { return connect_unix(path, Duration::zero()); }

// What holds for sending holds for connecting, too (unix(7)); zero is no limit.
Result<Fd> connect_unix(const std::string& path, Duration patience)
{
    auto name = TRY(to_name(path));
    Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket)
        return errno_failure("socket");
    auto limit_to = [&socket](std::chrono::microseconds time) {
        auto seconds = std::chrono::floor<std::chrono::seconds>(time);
        timeval limit{.tv_sec = static_cast<time_t>(seconds.count()),
                      .tv_usec = static_cast<suseconds_t>((time - seconds).count())};
        (void)::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    };
    limit_to(std::chrono::ceil<std::chrono::microseconds>(patience));
    while (::connect(socket.number(), reinterpret_cast<sockaddr*>(&name), sizeof name) < 0)
        if (errno != EINTR)
            return errno_failure(path);
    limit_to(std::chrono::microseconds{0});
    return socket;
}

Result<Fd> start_connect_unix(const std::string& path)
{
    auto name = TRY(to_name(path));
    Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket)
        return errno_failure("socket");
    if (::connect(socket.number(), reinterpret_cast<sockaddr*>(&name), sizeof name) < 0)
        return errno_failure(path);
    return socket;
}

Result<Fd> listen_unix(const std::string& path, const UnixListenOptions& options)
{
    auto name = TRY(to_name(path));
    Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket)
        return errno_failure("socket");
    if (options.unlink_first && ::unlink(path.c_str()) < 0 && errno != ENOENT)
        return errno_failure(path);
    {
        MaskedCreation masked{options.mask};
        if (::bind(socket.number(), reinterpret_cast<sockaddr*>(&name), sizeof name) < 0)
            return errno_failure(path);
    }
    if (::listen(socket.number(), options.backlog) < 0) {
        auto failure = errno_failure(path);
        ::unlink(path.c_str());
        return failure;
    }
    return socket;
}

// Made under a name that nobody knows, and given the right one when it works.  The other name is short: what fits into a
// socket's address is little, and a name that ends in a hash of the host leaves no room for more.
Result<Fd> listen_unix_exclusively(const std::string& path)
{
    std::uint8_t random[5];
    if (::getrandom(random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
        return errno_failure("getrandom");
    auto unknown = path.substr(0, path.rfind('/') + 1) + "." + to_hex(random);
    if (!to_name(unknown) && to_name(path))
        return bad_input("path too long for a socket that is made safely: \"" + printable(path) + "\"");
    auto socket = listen_unix(unknown);
    if (!socket && socket.error().os_error != 0)
        return errno_failure(path, socket.error().os_error);      // the name that somebody asked for
    if (!socket)
        return socket;
    bool linked = ::link(unknown.c_str(), path.c_str()) == 0;
    auto failure = errno_failure(path);
    ::unlink(unknown.c_str());
    if (!linked)
        return failure;
    return socket;
}

Result<std::optional<Fd>> accept_unix(int listener)
{
    for (;;) {
        Fd socket{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (socket)
            return std::optional<Fd>{std::move(socket)};
        if (errno == EAGAIN || errno == ECONNABORTED)
            return std::optional<Fd>{};
        if (errno != EINTR)
            return errno_failure("accept");
    }
}

bool is_listened_to(const std::string& path)
{
    auto name = to_name(path);
    Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!name || !socket)
        return false;
    // EAGAIN: more are waiting than the listener's queue holds.
    return ::connect(socket.number(), reinterpret_cast<sockaddr*>(&*name), sizeof *name) == 0 || errno == EAGAIN;
}

void remove_unless_taken(const std::string& path)
{
    struct stat there {};
    bool is_socket = ::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode);
    if (is_socket && !is_listened_to(path))
        ::unlink(path.c_str());
}

Result<PeerCredentials> peer_credentials(int socket)
{
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
        return errno_failure("SO_PEERCRED");
    return PeerCredentials{credentials.pid, credentials.uid, credentials.gid};
}

} // namespace nacre
