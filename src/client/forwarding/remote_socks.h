// The start of a channel from a remote dynamic forwarding (-R without a destination): the other side's program says by
// SOCKS where it wants to go.  Once that is connected a socket takes this endpoint's place.
#pragma once

#include <functional>
#include <memory>

#include "base/buffer.h"
#include "connection/socks.h"
#include "os/event_loop.h"
#include "runtime/channel_endpoint.h"

namespace nacre {

class RemoteSocks final : public ChannelEndpoint {
public:
    struct Callbacks {
        // Once, while data is flushed: what `step.next` says is to be done, connect or hang up.
        std::function<void(RemoteSocks& socks, const SocksStep& step)> decided;
        std::function<void()> over;                               // from the loop: hung up, and everything is said
    };
    RemoteSocks(EventLoop& loop, Callbacks callbacks) : loop_(loop), callbacks_(std::move(callbacks)) {}

    const SocksNegotiation& negotiation() const { return negotiation_; }
    Bytes input() const { return input_.data(); }                 // behind the request; not yet consumed()
    Bytes unsaid() const { return replies_.data(); }              // for which there was no room yet
    bool peer_has_finished() const { return finished_; }
    void hang_up(Bytes last_words = {});

    void attached(EndpointHost& host, ChannelId channel) override
    {
        host_ = &host;
        channel_ = channel;
    }
    void deliver(Stream stream, Bytes data) override;
    void flush() override;
    void peer_finished() override;
    Given collect(Stream stream, MutableBytes space) override;
    bool delivered_all() const override { return true; }

private:
    void say(Bytes reply);
    void look_whether_over();

    EventLoop& loop_;
    Callbacks callbacks_;
    SocksNegotiation negotiation_;
    Buffer input_;                                                // bounded by the channel's window
    Buffer replies_;                                              // a few bytes, of which a negotiation has two
    EndpointHost* host_ = nullptr;
    ChannelId channel_{};
    bool decided_ = false;
    bool finished_ = false;
    bool hangs_up_ = false;
    std::unique_ptr<Timer> farewell_;
};

} // namespace nacre
