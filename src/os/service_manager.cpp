#include "os/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>

#include "base/text.h"
#include "os/socket.h"

namespace nacre {
namespace {

constexpr int first_inherited = 3;
constexpr int most_inherited = 256;

} // namespace

std::vector<Fd> inherited_sockets()
{
    auto for_whom = parse_number<int>(environment_variable("LISTEN_PID").value_or(""));
    auto how_many = parse_number<int>(environment_variable("LISTEN_FDS").value_or(""));
    for (auto* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(name);
    std::vector<Fd> sockets;
    if (for_whom != ::getpid() || !how_many)
        return sockets;
    for (int fd = first_inherited; fd < first_inherited + std::min(*how_many, most_inherited); ++fd) {
        if (!is_socket(fd))
            continue;
        (void)set_inherited(fd, Inherited::no);
        (void)set_blocking(fd, Blocking::no);
        sockets.emplace_back(fd);
    }
    return sockets;
}

void hand_on_sockets(const std::vector<int>& sockets, SpawnRequest& request)
{
    int to = first_inherited;
    for (int socket : sockets)
        request.descriptors.push_back({socket, to++});
    if (!request.environment)
        request.environment = Environment::of_this_process();
    request.environment->set("LISTEN_PID", fmt::format("{}", ::getpid()));
    request.environment->set("LISTEN_FDS", fmt::format("{}", sockets.size()));
}

void tell_service_manager(std::string_view lines)
{
    auto path = environment_variable("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!path || path->size() < 2 || path->size() >= sizeof address.sun_path || ((*path)[0] != '/' && (*path)[0] != '@'))
        return;
    std::memcpy(address.sun_path, path->data(), path->size());
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';                               // Linux's names without a file
    Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path->size());
    (void)::sendto(socket.number(), lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size);
}

// Type=notify-reload tells by the time whether what is said belongs to the signal that it has sent; the steady clock is the
// kernel's CLOCK_MONOTONIC, as it wants it.
void tell_of_reload()
{
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    tell_service_manager(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n",
                                     std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

} // namespace nacre
