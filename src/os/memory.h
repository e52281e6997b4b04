// Memory that was needed once.
#pragma once

namespace nacre {

// Hands free pages of heap and stack back to the kernel: after a login, for example, whose work was heavier than anything that
// follows.  Costs some microseconds and needs no more than madvise and brk.
void give_back_free_memory();

} // namespace nacre
