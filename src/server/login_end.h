// How a connection ended: what its sshd-session tells the listener by its exit status.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <string_view>

#include "config/option_types.h"

namespace nacre {

// Who logged in has 0, or 255 for an error, as before a login where nobody is to blame.  The rest is what PerSourcePenalties
// (sshd_config(5)) holds against an address.
enum class LoginEnd : int {
    fine = 0,
    grace_exceeded = 100,                                         // known to the listener alone
    crash,                                                        // of sshd-net or sshd-session, as by a wrong address
    authfail,
    noauth,
    invaliduser,
    refuseconnection,
    died,                                                         // sshd-net or sshd-session, otherwise than by a crash
    error = 255,
};

struct PenaltyRow {
    LoginEnd end;
    SourcePenalties::Time SourcePenalties::*time;
    std::string_view words;
};
inline constexpr std::array penalty_rows{
    PenaltyRow{LoginEnd::grace_exceeded, &SourcePenalties::grace_exceeded, "exceeded LoginGraceTime"},
    PenaltyRow{LoginEnd::crash, &SourcePenalties::crash, "caused crash"},
    PenaltyRow{LoginEnd::authfail, &SourcePenalties::authfail, "failed authentication"},
    PenaltyRow{LoginEnd::noauth, &SourcePenalties::noauth, "connections without attempting authentication"},
    PenaltyRow{LoginEnd::invaliduser, &SourcePenalties::invaliduser, "attempted authentication by invalid user"},
    PenaltyRow{LoginEnd::refuseconnection, &SourcePenalties::refuseconnection, "connection refused by configuration"},
    PenaltyRow{LoginEnd::died, &SourcePenalties::crash, "caused crash"},
};

// Of a process that served; 0: it gave up by itself.  Whatever kills from outside (the kernel where memory runs out, the
// administrator) says nothing of addresses that somebody has tried.
constexpr LoginEnd login_end_by_signal(int signal)
{
    constexpr std::array crashes{SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS};
    return std::ranges::find(crashes, signal) == crashes.end() ? LoginEnd::died : LoginEnd::crash;
}

} // namespace nacre
