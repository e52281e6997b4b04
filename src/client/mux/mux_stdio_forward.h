// -W through a shared connection: two of the client's descriptors are a connection to a place behind the server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/mux/mux_channel.h"
#include "config/option_types.h"
#include "connection/connection.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"
#include "runtime/fd_endpoint.h"

namespace nacre {

class MuxStdioForward final : public MuxChannel {
public:
    struct Callbacks {
        std::function<void(std::uint32_t channel)> opened;
        std::function<void(std::string why)> refused;             // nothing follows
        std::function<void(std::string why)> failed;              // not everything went its way; over() follows
        std::function<void()> over;                               // closed, and everything delivered
    };

    // `streams`: what is read, what is written.
    MuxStdioForward(EventLoop& loop, ConnectionDriver& driver, Connection& connection, Forward::End to,
                    std::vector<Fd> streams, Callbacks callbacks)
        : loop_(loop), driver_(driver), connection_(connection), to_(std::move(to)), given_(std::move(streams)),
          callbacks_(std::move(callbacks))
    {
    }

    Result<void> open() override;
    void close() override;
    void abandon(std::string_view why, StatusHeard heard) override;
    std::string describe() const override;
    void on_opened() override;
    void on_refused(std::string_view why) override;
    void on_request(const Requested& event) override;
    void on_closed() override;

private:
    void stream_failed(std::string_view which, const Error& why);
    void over();

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    Forward::End to_;
    std::vector<Fd> given_;
    Callbacks callbacks_;
    EndpointFds streams_;
    std::unique_ptr<Timer> farewell_;                             // nobody reads any more: the channel will be closed
    std::string failure_;                                         // why not everything went its way
};

} // namespace nacre
