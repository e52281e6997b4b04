#include "os/resolve.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"
#include "os/socket_name.h"
#include "os/system_error.h"

namespace nacre {
namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

struct FreeInterfaces {
    void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

using AddressList = std::unique_ptr<addrinfo, FreeAddresses>;

Failure lookup_failure(int code)
{
    if (code == EAI_SYSTEM)
        return system_failure(os_error_text(errno), errno);
    return system_failure(::gai_strerror(code));
}

addrinfo hints_for(const ResolveRequest& request)
{
    addrinfo hints{};
    hints.ai_family = request.family == IpFamily::v4   ? AF_INET
                      : request.family == IpFamily::v6 ? AF_INET6
                                                       : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = (request.for_listening ? AI_PASSIVE : 0) | (request.numeric_only ? AI_NUMERICHOST : 0)
                     | (request.want_canonical_name ? AI_CANONNAME : 0);
    return hints;
}

std::optional<std::string> name_of(const SocketAddress& address)
{
    auto name = to_socket_name(address);
    std::array<char, NI_MAXHOST> host{};
    if (!name || ::getnameinfo(name->get(), name->length, host.data(), host.size(), nullptr, 0, NI_NAMEREQD) != 0)
        return std::nullopt;
    return host.data();
}

} // namespace

Result<Resolved> resolve(const ResolveRequest& request)
{
    // Without a name getaddrinfo would take this machine.
    if (request.host.contains('\0') || (request.host.empty() && !request.for_listening))
        return system_failure(::gai_strerror(EAI_NONAME));
    auto hints = hints_for(request);
    auto port = std::to_string(request.port);
    addrinfo* found = nullptr;
    if (int code = ::getaddrinfo(request.host.empty() ? nullptr : request.host.c_str(), port.c_str(), &hints, &found))
        return lookup_failure(code);
    AddressList list{found};
    Resolved resolved;
    if (list->ai_canonname != nullptr)
        resolved.canonical_name = list->ai_canonname;
    for (auto* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        auto address = to_socket_address(entry->ai_addr, entry->ai_addrlen);
        if (address && std::ranges::find(resolved.addresses, *address) == resolved.addresses.end())
            resolved.addresses.push_back(*std::move(address));
    }
    if (resolved.addresses.empty())
        return system_failure(::gai_strerror(EAI_NONAME));
    return resolved;
}

std::optional<std::string> confirmed_name(const SocketAddress& address)
{
    auto found = name_of(address);
    if (found)
        *found = to_lower(*found);
    // Whoever controls the reverse zone may have written an address there, to be taken for that one.
    if (!found || numeric_address(*found, 0))
        return std::nullopt;
    auto forward = resolve({.host = *found, .port = address.port, .family = address.family});
    if (!forward)
        return std::nullopt;
    for (auto& candidate : forward->addresses)
        if (candidate.host == address.host)
            return found;
    return std::nullopt;
}

std::optional<std::uint16_t> service_port(const std::string& name)
{
    if (auto number = parse_number<std::uint16_t>(name))
        return number;
    // getaddrinfo would take 65536 for 0.
    if (name.find_first_not_of("0123456789") == std::string::npos)
        return std::nullopt;
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if ( name.contains('\0') || ::getaddrinfo(nullptr, name.c_str(), &hints, &found) != 0)
        return std::nullopt;
    AddressList list{found};
    auto address = to_socket_address(list->ai_addr, list->ai_addrlen);
    return address ? std::optional{address->port} : std::nullopt;
}

std::string own_host_name()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) < 0)
        return "localhost";
    return name.data();
}

std::string name_of_near_end(int fd)
{
    if (is_ip_socket(fd))
        if (auto address = local_address(fd))
            if (auto name = name_of(*address))
                return *std::move(name);
    return own_host_name();
}

Result<std::vector<InterfaceAddress>> interface_addresses()
{
    ifaddrs* found = nullptr;
    if (::getifaddrs(&found) < 0)
        return errno_failure("getifaddrs");
    std::unique_ptr<ifaddrs, FreeInterfaces> list{found};
    std::vector<InterfaceAddress> addresses;
    for (auto* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0)
            continue;
        if (auto address = to_socket_address(entry->ifa_addr, sizeof(sockaddr_storage)))
            addresses.push_back({entry->ifa_name, *std::move(address)});
    }
    return addresses;
}

} // namespace nacre
