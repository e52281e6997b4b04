#include "os/socket.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <cstring>
#include <string_view>

#include "os/socket_name.h"
#include "os/system_error.h"

namespace nacre {
namespace {

// The kernel's own calls: the C library of some machines (i386, s390x) has them go by socketcall(2), whose arguments lie in
// memory, where the filter of os/sandbox cannot look.
Result<void> set_option(int socket, int level, int name, int value, std::string_view what)
{
    if (::syscall(SYS_setsockopt, socket, level, name, &value, sizeof value) < 0)
        return errno_failure(what);
    return {};
}

Result<int> option(int socket, int level, int name, std::string_view what)
{
    int value = 0;
    socklen_t length = sizeof value;
    if (::syscall(SYS_getsockopt, socket, level, name, &value, &length) < 0)
        return errno_failure(what);
    return value;
}

Result<void> bind_to_device(int socket, const std::string& device)
{
    if (device.empty())
        return {};
    if (::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, device.data(), static_cast<socklen_t>(device.size())) < 0)
        return errno_failure("bind to interface " + device);
    return {};
}

Result<Fd> make_socket(const SocketName& name)
{
    int fd = ::socket(name.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno_failure("socket");
    return Fd{fd};
}

Result<void> bind_to(int socket, const SocketAddress& address)
{
    auto name = TRY(to_socket_name(address));
    if (::bind(socket, name.get(), name.length) < 0)
        return errno_failure("bind to " + to_text(address));
    return {};
}

// EINTR leaves the connection being made, so that it counts as begun.
Result<void> begin(int socket, const SocketName& name)
{
    if (::connect(socket, name.get(), name.length) == 0 || errno == EINPROGRESS || errno == EINTR)
        return {};
    return errno_failure("connect");
}

int milliseconds_until(std::optional<TimePoint> deadline)
{
    if (!deadline)
        return -1;
    auto rest = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<long long>(rest, 0, INT_MAX));
}

template <class Ask>
Result<SocketAddress> address_by(int socket, Ask ask, std::string_view what)
{
    SocketName name;
    name.length = sizeof name.storage;
    if (ask(socket, name.get(), &name.length) < 0)
        return errno_failure(what);
    if (auto address = to_socket_address(name.get(), name.length))
        return *std::move(address);
    return bad_input("not an internet socket");
}

bool is_loopback(const SocketAddress& address)
{
    return address.family == IpFamily::v4 ? address.host.starts_with("127.") : address.host == "::1";
}

// This machine's way to itself has nothing to congest.  BBR paces what it sends even there, with a timer for each packet:
// a third of what a download costs a server.  What connects is left as it is: without timers to send by, what a client has
// would be sent on the time of the server, by its acknowledgements.  What fails here is not missed.
void stop_pacing(int socket)
{
    constexpr std::string_view pacing = "bbr", other = "reno";    // which every kernel has and lets everybody choose
    std::array<char, 16> name{};                                  // TCP_CA_NAME_MAX
    socklen_t length = name.size();
    if (::getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length) == 0 &&
        std::string_view{name.data(), length}.starts_with(pacing))
        (void)::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, other.data(), static_cast<socklen_t>(other.size()));
}

} // namespace

Result<Fd> start_connect(const SocketAddress& to, const ConnectOptions& options)
{
    auto name = TRY(to_socket_name(to));
    auto socket = TRY(make_socket(name));
    if (options.keep_alive)
        TRY(set_keep_alive(socket.number(), true));
    if (options.traffic_class)
        TRY(set_traffic_class(socket.number(), *options.traffic_class));
    if (options.from)
        TRY(bind_to(socket.number(), *options.from));
    TRY(begin(socket.number(), name));
    return socket;
}

Result<void> connect_outcome(int socket)
{
    auto outcome = TRY(option(socket, SOL_SOCKET, SO_ERROR, "SO_ERROR"));
    if (outcome != 0)
        return errno_failure("connect", outcome);
    return {};
}

Result<Fd> connect_and_wait(const SocketAddress& to, const ConnectOptions& options, std::optional<Duration> patience)
{
    std::optional<TimePoint> deadline;
    if (patience)
        deadline = std::chrono::steady_clock::now() + *patience;
    auto socket = TRY(start_connect(to, options));
    pollfd one{socket.number(), POLLOUT, 0};
    for (;;) {
        int ready = ::poll(&one, 1, milliseconds_until(deadline));
        if (ready == 0)
            return errno_failure("connect", ETIMEDOUT);
        if (ready > 0)
            break;
        if (errno != EINTR)
            return errno_failure("poll");
    }
    TRY(connect_outcome(socket.number()));
    return socket;
}

Result<Fd> listen_on(const SocketAddress& address, const ListenOptions& options)
{
    auto name = TRY(to_socket_name(address));
    auto socket = TRY(make_socket(name));
    TRY(set_option(socket.number(), SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR"));
    if (name.storage.ss_family == AF_INET6)                       // v4 has listeners of its own
        TRY(set_option(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY"));
    TRY(bind_to_device(socket.number(), options.routing_domain));
    TRY(bind_to(socket.number(), address));
    if (::listen(socket.number(), options.backlog) < 0)
        return errno_failure("listen on " + to_text(address));
    return socket;
}

Result<std::optional<Accepted>> accept_connection(int listener)
{
    SocketName name;
    for (;;) {
        name.length = sizeof name.storage;
        int fd = ::accept4(listener, name.get(), &name.length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            Accepted accepted{Fd{fd}, to_socket_address(name.get(), name.length).value_or(SocketAddress{})};
            if (is_loopback(accepted.peer))
                stop_pacing(fd);
            return accepted;
        }
        switch (errno) {
        case EINTR:
            continue;
        case EAGAIN:
        case ECONNABORTED:                                        // left before we came
        case EPROTO:
        case ENETDOWN:                                            // accept(2): pending errors of the new socket
        case EHOSTUNREACH:
        case ENETUNREACH:
            return std::nullopt;
        default:
            return errno_failure("accept");
        }
    }
}

Result<void> set_no_delay(int socket)
{
    if (!is_ip_socket(socket))
        return {};
    return set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
}

Result<void> acknowledge_now(int socket)
{
    return set_option(socket, IPPROTO_TCP, TCP_QUICKACK, 1, "TCP_QUICKACK");
}

Result<void> set_keep_alive(int socket, bool on)
{
    return set_option(socket, SOL_SOCKET, SO_KEEPALIVE, on ? 1 : 0, "SO_KEEPALIVE");
}

Result<void> set_traffic_class(int socket, int dscp_shifted)
{
    auto family = TRY(option(socket, SOL_SOCKET, SO_DOMAIN, "SO_DOMAIN"));
    if (family == AF_INET6) {
        // What a socket for both carries for an IPv4 peer is marked by IPv4's option.
        (void)set_option(socket, IPPROTO_IP, IP_TOS, dscp_shifted, "IP_TOS");
        return set_option(socket, IPPROTO_IPV6, IPV6_TCLASS, dscp_shifted, "IPV6_TCLASS");
    }
    if (family == AF_INET)
        return set_option(socket, IPPROTO_IP, IP_TOS, dscp_shifted, "IP_TOS");
    return {};
}

Result<void> set_unsent_low_water(int socket, std::size_t bytes)
{
    auto value = static_cast<int>(std::min<std::size_t>(bytes, INT_MAX));
    return set_option(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, value, "TCP_NOTSENT_LOWAT");
}

bool is_socket(int fd)
{
    return option(fd, SOL_SOCKET, SO_TYPE, "").has_value();
}

bool is_ip_socket(int fd)
{
    auto family = option(fd, SOL_SOCKET, SO_DOMAIN, "");
    return family && (*family == AF_INET || *family == AF_INET6);
}

std::string bound_device(int socket)
{
    std::array<char, IF_NAMESIZE> name{};
    socklen_t size = name.size();
    if (::getsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, name.data(), &size) < 0)
        return {};
    return std::string{name.data(), ::strnlen(name.data(), std::min<std::size_t>(size, name.size()))};
}

Result<SocketAddress> local_address(int socket)
{
    return address_by(socket, ::getsockname, "getsockname");
}

Result<SocketAddress> peer_address(int socket)
{
    return address_by(socket, ::getpeername, "getpeername");
}

Result<void> shut_down(int socket, ShutDown which)
{
    int how = which == ShutDown::receiving ? SHUT_RD : which == ShutDown::sending ? SHUT_WR : SHUT_RDWR;
    if (::shutdown(socket, how) < 0 && errno != ENOTCONN)
        return errno_failure("shutdown");
    return {};
}

} // namespace nacre
