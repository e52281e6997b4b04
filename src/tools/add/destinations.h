// Destination constraints as people write them, "host", "user@host", "from>user@to", with the hosts' keys looked up.
#pragma once

#include <string>
#include <vector>

#include "agent/constraints.h"
#include "base/result.h"

namespace nacre::add_tool {

// No files: the usual ones.
Result<std::vector<agent::Destination>> read_destinations(const std::vector<std::string>& written,
                                                          const std::vector<std::string>& known_hosts_files);

} // namespace nacre::add_tool
