// -W: our standard input and output are the one connection, to a place behind the server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "config/option_types.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"
#include "runtime/fd_endpoint.h"

namespace nacre {

class StdioForward {
public:
    // `ended`: the connection is closed and everything from it is written, or something got lost and it was said (false).
    using Ended = std::function<void(bool whole)>;
    StdioForward(EventLoop& loop, ConnectionDriver& driver, Connection& connection, Log& log, Ended ended)
        : loop_(loop), driver_(driver), connection_(connection), log_(log), ended_(std::move(ended))
    {
    }

    Result<void> open(const Forward::End& to);
    bool on(const Opened& event);                                 // false: not ours
    Result<bool> on(const OpenRefused& event);                    // ours: the error
    bool on(const Closed& event);
    bool is_closed() const { return is_closed_; }
    bool delivers() const { return last_ && !last_->delivered_all(); }   // what came before it was closed

private:
    void stream_failed(std::string_view which, const Error& why);

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    Log& log_;
    Ended ended_;
    bool whole_ = true;
    bool is_closed_ = false;
    std::optional<ChannelId> channel_;
    EndpointFds streams_;
    std::unique_ptr<Timer> farewell_;                             // nobody reads any more: the channel will be closed
    std::unique_ptr<ChannelEndpoint> last_;                       // of a channel that is gone, until all is written
};

} // namespace nacre
