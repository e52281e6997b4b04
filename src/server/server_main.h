// sshd from its command line to its end.
#pragma once

namespace nacre {

int run_sshd(int argument_count, char* const* arguments);

} // namespace nacre
