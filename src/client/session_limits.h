// What a server may have under way to a session of ours before we have read any of it.
#pragma once

#include "connection/channel.h"

namespace nacre {

// A window that begins small costs a round trip for each time it doubles.  Where little is to come it must be small all
// the same: what a reader will never take has crossed the path for nothing.  But through a subsystem comes what was asked
// for, and its program asks for no more than it wants (sftp: 16 MiB at first, DepthLimits).
enum class SessionRuns { subsystem, anything_else };

inline ChannelLimits session_limits(SessionRuns runs)
{
    ChannelLimits limits;
    if (runs == SessionRuns::subsystem)
        limits.window = 16 * 1024 * 1024;
    return limits;
}

} // namespace nacre
