// Landlock with an empty rule set: no path can be opened and no port used any more.  For the
// sandbox only.
#pragma once

#include "base/result.h"

namespace nacre {

// False: this kernel has no Landlock.  Needs no_new_privs.
Result<bool> forbid_all_paths();

} // namespace nacre
