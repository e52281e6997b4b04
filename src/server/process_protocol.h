// Do the processes of a server understand each other?
//
// What they say is not meant for strangers and changes without notice, so each is told by its parent, in its
// environment, what the parent was built from, and ends at once if it was built from something else.
#pragma once

#include <optional>

#include "os/environment.h"
#include "server/helper_programs.h"

namespace nacre {

// Made from the files that declare messages (cmake/process_protocol.cmake).
extern const char process_protocol_name[];

inline constexpr int other_protocol_status = 78;                  // EX_CONFIG

// The environment of one of our programs: nothing but TZ and the protocol.
Environment helper_environment();
// The monitor's: besides that where Kerberos finds its configuration and this host's keys (kerberos(7)).
Environment monitor_environment();

// In the main() of such a program.  A status: end with it now.
std::optional<int> protocol_verdict();

// An error names the first program that is of another version than this one.
Result<void> check_helper_versions(const HelperPrograms& programs);

} // namespace nacre
