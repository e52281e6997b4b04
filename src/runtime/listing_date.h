// When a file was changed, as `ls -l` has it.
#pragma once

#include <ctime>
#include <string>

namespace nacre {

// In local time: with the hour, or the year where that was not in the last half of one.  Empty: no calendar has it.
std::string listing_date(std::time_t when, std::time_t now);

} // namespace nacre
