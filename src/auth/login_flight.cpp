#include "auth/login_flight.h"

#include <algorithm>
#include <array>
#include <span>

#include "transport/peer_habits.h"

namespace nacre {
namespace {

struct Obstacle {
    std::string_view what;
    bool (*stands)(const FlightFacts&);
};

using F = FlightFacts;

// To anything but "none".
constexpr std::array to_keys{
    Obstacle{"not allowed", [](const F& f) { return !f.haste.allowed; }},
    Obstacle{"there is no key", [](const F& f) { return f.keys == 0; }},
    Obstacle{"keys are not tried first", [](const F& f) { return !f.keys_come_first; }},
    // It says which signatures it takes, and whether they may name its host key.  It comes with the keys, so where it
    // did not come, and is not known to be sent, the answer to "none" waits for it.
    Obstacle{"the server has not said what signatures it takes",
             [](const F& f) { return !f.ext_info_heard && (!f.haste.remembered || f.haste.sends_ext_info); }},
    Obstacle{"the first key's algorithm is uncertain",
             [](const F& f) { return !f.first_key.has_algorithm || (f.first_key.is_rsa && !f.sig_algs_heard); }},
};

// To channels behind the first signature.
constexpr std::array to_channels{
    Obstacle{"not allowed", [](const F& f) { return !f.haste.allowed; }},
    Obstacle{"keys are not tried first", [](const F& f) { return !f.keys_come_first; }},
    Obstacle{"this is a first login to the host", [](const F& f) { return !f.haste.host_was_known; }},
    Obstacle{"something has to come before the session", [](const F& f) { return !f.haste.session_may_follow; }},
    Obstacle{"compression begins with the login", [](const F& f) { return f.delayed_compression; }},
    Obstacle{"the server is not known to take them",
             [](const F& f) { return !has_habit(f.peer_version, &PeerHabits::takes_early_channels); }},
    Obstacle{"a key was not enough last time", [](const F& f) { return f.haste.remembered && !f.haste.key_sufficed; }},
    Obstacle{"the server numbers channels in a way of its own",
             [](const F& f) { return f.haste.remembered && f.haste.first_channel != 0; }},
    Obstacle{"the server would hang up if the key were refused",
             [](const F& f) {
                 return !f.first_key.worked_last_time && !has_habit(f.peer_version, &PeerHabits::survives_early_channels);
             }},
};

std::string_view first_obstacle(std::span<const Obstacle> table, const F& facts)
{
    auto found = std::ranges::find_if(table, [&](auto& row) { return row.stands(facts); });
    return found == table.end() ? std::string_view{} : found->what;
}

} // namespace

LoginFlight plan_login_flight(const FlightFacts& facts)
{
    LoginFlight flight;
    flight.why_none = first_obstacle(to_keys, facts);
    if (!flight.why_none.empty())
        return flight;
    bool known = find_peer_habits(facts.peer_version) != nullptr;
    auto& key = facts.first_key;
    if (key.signs_quietly && (key.worked_last_time || (known && facts.keys == 1)))
        flight.ask = FirstAsk::signature;
    else if (has_habit(facts.peer_version, &PeerHabits::takes_several_requests))
        flight.ask = FirstAsk::probes;
    else
        flight.why_none = "the server is not known to take several requests";
    if (flight.ask == FirstAsk::none)
        return flight;
    flight.why_no_channels = first_obstacle(to_channels, facts);
    flight.early_channels = flight.why_no_channels.empty();
    return flight;
}

} // namespace nacre
