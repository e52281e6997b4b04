// Memory that was needed once, and memory that is not there.
#pragma once

namespace nacre {

// Hands free pages of heap and stack back to the kernel: after a login, for example, whose work was heavier than anything that
// follows.  Costs some microseconds and needs no more than madvise and brk.
void give_back_free_memory();

// First thing in main() of what people call: where there is no memory any more, the process ends with 255 and a sentence on
// standard error.  Not for sshd's processes, of which such an end counts as a crash.
void say_if_memory_runs_out();

} // namespace nacre
