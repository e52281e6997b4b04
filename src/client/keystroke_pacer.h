// Lets what is typed into the terminals of a connection leave only when their common KeystrokeClock beats.
//
// Whatever is more than typing (a paste, a rekeying, a line that does not take what we send) stops the clock, as in
// OpenSSH.  The pacer outlives the endpoints that it paces.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "base/log.h"
#include "client/keystroke_clock.h"
#include "os/event_loop.h"
#include "runtime/fd_endpoint.h"
#include "transport/transport.h"

namespace nacre {

class KeystrokePacer {
public:
    // `transmit` sends what has gathered in the transport.  The peer answers pings.
    KeystrokePacer(EventLoop& loop, Transport& transport, Random& random, Duration interval, Log& log,
                   std::function<void()> transmit)
        : loop_(loop), transport_(transport), log_(log), transmit_(std::move(transmit)), clock_(interval, random)
    {
    }

    void pace(FdEndpoint& endpoint);                              // before it is attached

private:
    class OfEndpoint;
    bool typed(FdEndpoint& endpoint);
    void sent(std::size_t bytes);
    void beat();
    void set_timer();
    void stop(std::string_view why);
    void release_all();

    EventLoop& loop_;
    Transport& transport_;
    Log& log_;
    std::function<void()> transmit_;
    KeystrokeClock clock_;
    std::set<FdEndpoint*> waiting_;                               // have something to give
    std::unique_ptr<Timer> timer_;
    std::uint64_t chaff_ = 0;                                     // packets, since the clock was started
};

} // namespace nacre
