// A tun or tap device at the end of a channel: every CHANNEL_DATA is one packet, both ways.
//
// Packets are lost where a queue would be needed, as networks do: towards a device that takes no more, and of a size
// for which the channel's window has no room.
#pragma once

#include <memory>

#include "connection/channel_kinds.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "runtime/channel_endpoint.h"

namespace nacre {

class TunnelEndpoint final : public ChannelEndpoint {
public:
    TunnelEndpoint(EventLoop& loop, Fd device, TunnelKind kind) : loop_(loop), device_(std::move(device)), kind_(kind) {}

    void attached(EndpointHost& host, ChannelId channel) override;
    void deliver(Stream stream, Bytes data) override;
    void flush() override {}
    void peer_finished() override {}
    Given collect(Stream stream, MutableBytes space) override;
    bool delivered_all() const override { return true; }

private:
    EventLoop& loop_;
    Fd device_;
    TunnelKind kind_;
    EndpointHost* host_ = nullptr;
    ChannelId channel_{};
    std::unique_ptr<Watch> watch_;
};

} // namespace nacre
