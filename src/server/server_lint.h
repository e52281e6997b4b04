// PRIVILEGED: sshd itself.  `sshd --lint`: what is wrong with the files (config/lint), and all else for which -t would refuse
// them on this machine, from the functions that -t asks.
//
// What only root may read is not judged for others.
#pragma once

#include "config/lint/finding.h"
#include "config/sources.h"
#include "server/arguments.h"

namespace nacre {

lint::Findings lint_server_configuration(ConfigSources& sources, const ServerArguments& arguments);

} // namespace nacre
