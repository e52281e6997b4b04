// What a server may have under way to a session of ours before we have read any of it.
#pragma once

#include "connection/channel.h"
#include "sftp/flight_depth.h"

namespace nacre {

// Where little is to come the window must be small: what a reader will never take has crossed the path for nothing.  But
// through a subsystem comes what was asked for, and its program asks for no more than it wants.
enum class SessionRuns { subsystem, anything_else };

inline ChannelLimits limits_of_session(SessionRuns runs)
{
    ChannelLimits limits;
    if (runs == SessionRuns::subsystem)
        limits.window = sftp::first_depth;
    return limits;
}

} // namespace nacre
