// ssh-keyscan(1): asks servers for their host keys.
#pragma once

namespace nacre {

// 0 if any key was found, 1 if none was or the command line makes no sense, 255 for other errors.
int run_keyscan(int count, char** arguments);

} // namespace nacre
