// The start of a channel from a remote dynamic forwarding (-R without a destination): the other side's program says by
// SOCKS where it wants to go.  Once that is connected a socket takes this endpoint's place.
#pragma once

#include <functional>

#include "base/buffer.h"
#include "connection/socks.h"
#include "runtime/channel_endpoint.h"

namespace nacre {

class RemoteSocks final : public ChannelEndpoint {
public:
    // Called while data is flushed: `step.reply` is to be sent, and what `step.next` says to be done.
    using OnStep = std::function<void(RemoteSocks& socks, const SocksStep& step)>;
    explicit RemoteSocks(OnStep on_step) : on_step_(std::move(on_step)) {}

    const SocksNegotiation& negotiation() const { return negotiation_; }
    Bytes input() const { return input_.data(); }                 // behind the request; not yet consumed()
    bool peer_has_finished() const { return finished_; }

    void attached(EndpointHost& host, ChannelId channel) override
    {
        host_ = &host;
        channel_ = channel;
    }
    void deliver(Stream stream, Bytes data) override;
    void flush() override;
    void peer_finished() override;
    Given collect(Stream, MutableBytes) override { return {}; }
    bool delivered_all() const override { return true; }

private:
    OnStep on_step_;
    SocksNegotiation negotiation_;
    Buffer input_;                                                // bounded by the channel's window
    EndpointHost* host_ = nullptr;
    ChannelId channel_{};
    bool decided_ = false;
    bool finished_ = false;
};

} // namespace nacre
