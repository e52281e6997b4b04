#include "base/port.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace nacre {
namespace {

struct Service {
    std::string_view name;
    std::uint16_t port;
};

// https://www.iana.org/assignments/service-names-port-numbers
constexpr std::array services{
    Service{"ftp", 21},          Service{"ssh", 22},          Service{"telnet", 23},     Service{"smtp", 25},
    Service{"domain", 53},       Service{"http", 80},         Service{"www", 80},        Service{"kerberos", 88},
    Service{"pop3", 110},        Service{"sunrpc", 111},      Service{"nntp", 119},      Service{"imap", 143},
    Service{"imap2", 143},       Service{"snmp", 161},        Service{"ldap", 389},      Service{"https", 443},
    Service{"microsoft-ds", 445}, Service{"submissions", 465}, Service{"printer", 515},  Service{"submission", 587},
    Service{"ipp", 631},         Service{"ldaps", 636},       Service{"rsync", 873},     Service{"imaps", 993},
    Service{"pop3s", 995},       Service{"socks", 1080},      Service{"ms-sql-s", 1433}, Service{"mqtt", 1883},
    Service{"nfs", 2049},        Service{"mysql", 3306},      Service{"ms-wbt-server", 3389}, Service{"svn", 3690},
    Service{"postgresql", 5432}, Service{"amqp", 5672},       Service{"x11", 6000},      Service{"redis", 6379},
    Service{"http-alt", 8080},   Service{"git", 9418},
};

} // namespace

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    if (auto number = parse_number<std::uint16_t>(text))
        return *number > 0 ? number : std::nullopt;
    auto row = std::ranges::find_if(services, [&](auto& service) { return equal_ignoring_case(service.name, text); });
    return row == services.end() ? std::nullopt : std::optional{row->port};
}

} // namespace nacre
