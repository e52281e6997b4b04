// SyslogFacility as the configuration has it, for the system's log.
#pragma once

#include "config/option_types.h"
#include "os/system_log.h"

namespace nacre {

// Both enumerations name the same facilities in the same order: the core may not include the system's.
static_assert(static_cast<int>(Facility::daemon) == static_cast<int>(SyslogFacility::daemon));
static_assert(static_cast<int>(Facility::local7) == static_cast<int>(SyslogFacility::local7));

constexpr SyslogFacility syslog_facility(Facility facility) { return static_cast<SyslogFacility>(facility); }

} // namespace nacre
