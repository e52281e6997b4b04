#include "client/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"
#include "transport/worth.h"

namespace nacre {
namespace {

struct OnError {
    int os_error;
    std::string_view advice;
};

constexpr std::array on_errors{
    OnError{ECONNREFUSED, "Nothing listens there, or a firewall says so: is it the port of its SSH server, does sshd run?"},
    OnError{ETIMEDOUT, "Nothing answers at all: is the host up, the address right, or a firewall in between?"},
    OnError{EHOSTUNREACH, "No way leads there from here: is the host up, is a VPN needed?"},
    OnError{ENETUNREACH, "No way leads there from here: is this machine connected, is a VPN needed?"},
    OnError{EADDRNOTAVAIL, "The address to connect from is not this machine's: see BindAddress and BindInterface."},
    OnError{EACCES, "A rule of this machine forbids it."},
    OnError{EPERM, "A rule of this machine forbids it."},
};

struct OnNegotiation {
    std::string_view what, keyword;
};

constexpr std::array on_negotiations{
    OnNegotiation{"key exchange method", "KexAlgorithms"},
    OnNegotiation{"host key type", "HostKeyAlgorithms"},
    OnNegotiation{"cipher", "Ciphers"},
    OnNegotiation{"MAC", "MACs"},
};

} // namespace

std::string_view advice_on_connecting(int os_error)
{
    auto row = std::ranges::find(on_errors, os_error, &OnError::os_error);
    return row == on_errors.end() ? std::string_view{} : row->advice;
}

std::string advice_on_negotiation(std::string_view failure)
{
    constexpr std::string_view before_offer = "Their offer: ";
    auto row = std::ranges::find_if(on_negotiations, [&](auto& each) {
        return failure.starts_with(fmt::format("no matching {} found", each.what));
    });
    auto begin = failure.find(before_offer);
    if (row == on_negotiations.end() || begin == std::string_view::npos)
        return {};
    for (auto name : split(failure.substr(begin + before_offer.size()), ','))
        if (auto worth = worth_of_algorithm(name))
            return fmt::format("To take {} ({}) from this server: -o {}=+{}", name, name_of(*worth), row->keyword, name);
    return "This program knows none of what the server offers: one of them is too old, or too restricted.";
}

std::string advice_on_subsystem(std::string_view name)
{
    return fmt::format("The server has no subsystem \"{}\", or forbids it: see Subsystem in its configuration.{}", printable(name),
        name == "sftp" ? "  scp -O does without." : "");
}

} // namespace nacre
