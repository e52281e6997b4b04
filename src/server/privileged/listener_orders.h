// PRIVILEGED: runs in sshd-session as root.  What the listener wants next of it, a zygote or not.
#pragma once

#include <optional>

#include "server/message_socket.h"

namespace nacre {

// Nothing: the listener wants no more.  An error also where `needed` hangs up: who has died (memory may be short) is no use to
// the listener, which will start another.  It is what that one said last, if it said why.
Result<std::optional<ReceivedMessage>> wait_for_order(MessageSocket& listener, MessageSocket& needed);

} // namespace nacre
