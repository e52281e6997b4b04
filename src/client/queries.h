// `ssh -Q`: what the tables hold, one name per line.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

Result<std::string> answer_query(std::string_view query);         // with line ends

} // namespace nacre
