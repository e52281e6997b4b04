// What ps and killall call a process: programs that run from a descriptor would be called by its number.
#pragma once

#include <sys/prctl.h>

namespace nacre {

inline void name_this_process(const char* name) { ::prctl(PR_SET_NAME, name); }

} // namespace nacre
