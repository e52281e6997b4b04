// What servers are known to take, by the software that their version line names.
//
// Each software is a row in peer_habits.cpp.  Of who is not listed nothing is known, and it gets one thing at a time.
#pragma once

#include <string_view>

namespace nacre {

struct PeerHabits {
    std::string_view software{};                                  // the name begins so
    bool takes_several_requests = false;                          // answers each of several authentication requests under way
    bool takes_early_channels = false;                            // and the first channel that it opens is its number 0
    bool survives_early_channels = false;                         // behind a refusal it answers that it does not know them, and goes on
    bool lets_sessions_wait = false;                              // opened, and nothing asked of them for as long as it takes
    bool windows_grow = false;                                    // as far as the way needs: one channel can fill it
    bool knows_no_more_sessions = false;                          // others may hang up on the request
    bool names_asked_port = false;                                // of who comes to a port that it chose: 0, not which
};

const PeerHabits* find_peer_habits(std::string_view version_line);   // null: nothing is known
bool has_habit(std::string_view version_line, bool PeerHabits::*habit);

} // namespace nacre
