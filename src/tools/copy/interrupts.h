// SIGINT, as something to be looked at: a transfer ends tidily, a prompt begins anew.
#pragma once

namespace nacre {

void notice_interrupts();                                         // from now on; calls that wait return with EINTR
bool was_interrupted();
void forget_interrupt();

} // namespace nacre
