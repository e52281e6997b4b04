// -W: two descriptors are the one connection, to a place behind the server.  They are our standard input and output, or those
// of a master's client.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "config/option_types.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"
#include "runtime/fd_endpoint.h"

namespace nacre {

class StdioForward {
public:
    struct Callbacks {
        std::function<void(std::string why)> failed;              // something gets lost
        std::function<void(bool whole)> ended;                    // the connection is closed, and what came from it is written
    };
    StdioForward(EventLoop& loop, ConnectionDriver& driver, Connection& connection, Log& log, Callbacks callbacks)
        : loop_(loop), driver_(driver), connection_(connection), log_(log), callbacks_(std::move(callbacks))
    {
    }

    // `input` and `output` as they were given to whom they belong.
    Result<ChannelId> open(const Forward::End& to, int input, int output);
    void close();                                                 // nobody wants it any more; its end may still be told
    bool on(const Opened& event);                                 // false: not ours
    Result<bool> on(const OpenRefused& event);                    // ours: the error
    bool on(const Closed& event);
    bool is_closed() const { return is_closed_; }
    bool delivers() const { return last_ && !last_->delivered_all(); }   // what came before it was closed

private:
    void failed(std::string why);

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    Log& log_;
    Callbacks callbacks_;
    bool whole_ = true;
    bool is_closed_ = false;
    std::optional<ChannelId> channel_;
    EndpointFds streams_;
    std::unique_ptr<Timer> farewell_;                             // nobody reads any more: the channel will be closed
    std::unique_ptr<ChannelEndpoint> last_;                       // of a channel that is gone, until all is written
};

} // namespace nacre
