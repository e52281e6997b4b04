// PRIVILEGED: sshd-session before it is anybody's monitor.  Executed once for many connections and copied for each (fork), as
// server/network_zygote is; it hears no stranger.  Its copies are the listener's children, as it is itself.
#pragma once

#include "base/log.h"
#include "server/message_socket.h"

namespace nacre {

class MonitorZygote {
public:
    // `needed`: the zygote of sshd-net, without which no copy could serve.
    MonitorZygote(MessageSocket& listener, MessageSocket& needed, Log& log)
        : listener_(listener), needed_(needed), log_(log)
    {
    }

    // Copies itself as often as the listener asks for it, beginning with `first`: MakeMonitor.  True: this is a copy, and the
    // socket to the listener is its own; false: nobody can order another.
    Result<bool> run(ReceivedMessage first);

private:
    Result<bool> make_copy(ReceivedMessage order);

    MessageSocket& listener_;
    MessageSocket& needed_;
    Log& log_;
};

} // namespace nacre
