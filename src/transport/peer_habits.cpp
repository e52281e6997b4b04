#include "transport/peer_habits.h"

#include <algorithm>
#include <array>

#include "transport/version_exchange.h"

namespace nacre {
namespace {

constexpr PeerHabits openssh{.software = "OpenSSH_",
                             .takes_several_requests = true,
                             .takes_early_channels = true,
                             .survives_early_channels = true,
                             .lets_sessions_wait = true,
                             .knows_no_more_sessions = true};

constexpr PeerHabits openssh_5 = [] {
    auto habits = openssh;
    habits.software = "OpenSSH_5.";
    habits.names_asked_port = true;
    return habits;
}();

constexpr PeerHabits ours = [] {
    auto habits = openssh;
    habits.software = "Nacre_";
    habits.windows_grow = true;
    return habits;
}();

// Dropbear hangs up on channel messages before the login.
constexpr PeerHabits dropbear{.software = "dropbear_",
                              .takes_several_requests = true,
                              .takes_early_channels = true,
                              .lets_sessions_wait = true};

constexpr std::array known_peers{openssh_5, openssh, ours, dropbear};   // the first that fits

} // namespace

const PeerHabits* find_peer_habits(std::string_view version_line)
{
    auto software = software_of(version_line);
    auto found = std::ranges::find_if(known_peers, [&](auto& row) { return software.starts_with(row.software); });
    return found == known_peers.end() ? nullptr : &*found;
}

bool has_habit(std::string_view version_line, bool PeerHabits::*habit)
{
    auto* habits = find_peer_habits(version_line);
    return habits && habits->*habit;
}

} // namespace nacre
