// scp: copies files between hosts.
#pragma once

namespace nacre {

int run_scp(int count, char** arguments);                         // the exit status

} // namespace nacre
