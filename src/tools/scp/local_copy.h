// A copy within this machine is cp's business, with cp's rules for links, devices and modes, and its own complaints.
#pragma once

#include <string>

#include "base/result.h"
#include "tools/scp/settings.h"

namespace nacre::scp_tool {

// Whether it went well.
Result<bool> copy_within_machine(const Settings& settings, const std::string& from, const std::string& to);

} // namespace nacre::scp_tool
