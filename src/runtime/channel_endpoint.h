// What is at our end of a channel: a pty, pipes, a socket, an engine, a string in a test.
//
// The driver moves bytes; an endpoint takes and gives them.  Views handed to deliver() stay
// valid until flush(): what has not been used by then must be copied.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "connection/connection_events.h"

namespace nacre {

// How an endpoint talks back to the driver.  Valid as long as the endpoint is attached.
class EndpointHost {
public:
    virtual ~EndpointHost() = default;
    // The endpoint has something to give: the driver will collect() soon, and again whenever there is room.
    virtual void ready_to_give(ChannelId channel) = 0;
    // Bytes that were delivered are used up: flow-control credit for the peer.
    virtual void consumed(ChannelId channel, std::size_t count) = 0;
    // Nobody reads here any more (a closed pipe): the peer is told by eow@openssh.com if it cares.
    virtual void no_more_wanted(ChannelId channel) = 0;
};

struct Given {                                                    // what an endpoint had to give
    std::size_t bytes = 0;
    bool finished = false;                                        // this stream has ended
    bool more = false;                                            // ask again at once; otherwise wait for ready_to_give()
};

class ChannelEndpoint {                                           // whatever data comes from and goes to
public:
    virtual ~ChannelEndpoint() = default;

    virtual void attached(EndpointHost& host, ChannelId channel) = 0;   // before anything else is called

    virtual void deliver(Stream stream, Bytes data) = 0;          // from the peer
    virtual void flush() = 0;                                     // the batch is over
    virtual void peer_finished() = 0;                             // EOF: after the data delivered so far

    // Fills a packet in place.  Called only when the channel has room.
    virtual Given collect(Stream stream, MutableBytes space) = 0;

    // Everything delivered so far has reached its destination.  Where somebody waits for the end of a program, this is asked
    // when the channel is closed, and again a little later as long as it says false.
    virtual bool delivered_all() const = 0;
};

} // namespace nacre
