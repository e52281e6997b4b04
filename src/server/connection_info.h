// Both ends of a connection, as log lines, Match and the environment name them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace nacre {

inline constexpr std::string_view unknown_place = "UNKNOWN";

// A connection that did not come over IP (sshd -i on a pipe) has no addresses, and says so the way OpenSSH does.
struct ConnectionInfo {
    std::string peer_host{unknown_place};
    std::uint16_t peer_port = 65535;
    std::string local_host{unknown_place};
    std::uint16_t local_port = 65535;
    std::string peer_name;                                        // UseDNS; else the address
    std::string rdomain{};                                        // the VRF it came through; empty: none

    std::string peer() const { return fmt::format("{} port {}", peer_host, peer_port); }
    bool has_addresses() const { return peer_host != unknown_place; }
};

} // namespace nacre
