#include "os/socket_name.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "base/text.h"

namespace nacre {
namespace {

std::string numeric_text(int family, const void* bytes)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, bytes, text.data(), text.size());
    return text.data();
}

SocketAddress from_v4(const sockaddr_in& name)
{
    return {IpFamily::v4, numeric_text(AF_INET, &name.sin_addr), ntohs(name.sin_port)};
}

SocketAddress from_v6(const sockaddr_in6& name)
{
    auto port = ntohs(name.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&name.sin6_addr))
        return {IpFamily::v4, numeric_text(AF_INET, name.sin6_addr.s6_addr + 12), port};
    auto host = numeric_text(AF_INET6, &name.sin6_addr);
    if (name.sin6_scope_id != 0) {
        std::array<char, IF_NAMESIZE> interface{};
        host += '%';
        host += ::if_indextoname(name.sin6_scope_id, interface.data()) != nullptr
                    ? std::string{interface.data()}
                    : std::to_string(name.sin6_scope_id);
    }
    return {IpFamily::v6, std::move(host), port};
}

std::optional<std::uint32_t> scope_number(const std::string& scope)
{
    if (auto index = ::if_nametoindex(scope.c_str()); index != 0)
        return index;
    return parse_number<std::uint32_t>(scope);
}

std::optional<SocketName> parse_v4(const std::string& host, std::uint16_t port)
{
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &name.sin_addr) != 1)
        return std::nullopt;
    SocketName result;
    std::memcpy(&result.storage, &name, sizeof name);
    result.length = sizeof name;
    return result;
}

std::optional<SocketName> parse_v6(const std::string& host, std::uint16_t port)
{
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(port);
    auto percent = host.find('%');
    if (::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &name.sin6_addr) != 1)
        return std::nullopt;
    if (percent != std::string::npos) {
        auto scope = scope_number(host.substr(percent + 1));
        if (!scope)
            return std::nullopt;
        name.sin6_scope_id = *scope;
    }
    SocketName result;
    std::memcpy(&result.storage, &name, sizeof name);
    result.length = sizeof name;
    return result;
}

std::optional<SocketName> parse(const std::string& host, std::uint16_t port)
{
    if (host.contains('\0'))
        return std::nullopt;
    if (auto name = parse_v4(host, port))
        return name;
    return parse_v6(host, port);
}

} // namespace

Result<SocketName> to_socket_name(const SocketAddress& address)
{
    auto name = parse(address.host, address.port);
    if (!name)
        return bad_input("not a numeric address: " + printable(address.host));
    return *name;
}

std::optional<SocketAddress> to_socket_address(const sockaddr* name, socklen_t length)
{
    if (name == nullptr || length < sizeof(sa_family_t))
        return std::nullopt;
    if (name->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
        sockaddr_in v4{};
        std::memcpy(&v4, name, sizeof v4);
        return from_v4(v4);
    }
    if (name->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, name, sizeof v6);
        return from_v6(v6);
    }
    return std::nullopt;
}

std::optional<SocketAddress> numeric_address(std::string_view host, std::uint16_t port)
{
    auto name = parse(std::string{host}, port);
    if (!name)
        return std::nullopt;
    return to_socket_address(name->get(), name->length);
}

std::string to_text(const SocketAddress& address)
{
    auto port = std::to_string(address.port);
    return address.host.contains(':') ? "[" + address.host + "]:" + port : address.host + ":" + port;
}

} // namespace nacre
