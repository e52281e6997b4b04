// Paths of sshd_config as they are meant where the file is read: later the program is somebody else, somewhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/keyword.h"
#include "config/sources.h"

namespace nacre {

// The words behind a keyword, each with what its row makes of a path; an error where "~name" is nobody's home.
Result<std::vector<std::string>> whole_paths(const std::vector<std::string>& words, Paths paths, ConfigSources& sources);

// The same for a line of sshd_config.
Result<std::string> line_with_whole_paths(std::string_view line, ConfigSources& sources);

} // namespace nacre
