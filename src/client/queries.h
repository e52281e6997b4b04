// `ssh -Q`: what the tables hold, one name per line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nacre {

// Names that -Q takes.
std::vector<std::string_view> query_names();
Result<std::string> answer_query(std::string_view query);         // with line ends

} // namespace nacre
