// What the program on the way to the server says on its standard error, passed on to ours.
//
// Only where ssh may go to the background: the program lives as long as the connection, and would hold the caller's own
// standard error for that time.  There ours is /dev/null, and so its words end where ours do.
#pragma once

#include <memory>

#include "os/event_loop.h"
#include "os/fd.h"

namespace nacre {

class ProxyErrors {
public:
    ProxyErrors(EventLoop& loop, Fd reader);                      // non-blocking

    void pass_on();                                               // what is there
    void close_copies();                                          // in the half of a fork that does not go on with it

private:
    Fd reader_;
    std::unique_ptr<Watch> watch_;
};

} // namespace nacre
