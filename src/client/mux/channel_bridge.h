// A channel of one connection joined with a channel of another: what arrives on one is given to the other.
//
// Each side reads only as far as the other takes: what waits here is bounded by the windows that were granted, and
// credit goes back when the other connection has taken the bytes.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "base/buffer.h"
#include "runtime/channel_endpoint.h"

namespace nacre {

class ChannelBridge : public std::enable_shared_from_this<ChannelBridge> {
public:
    enum class Side { server, client };

    // `on_news`: a side has something to give, or has taken something: call wake() from the loop, outside of any driver's
    // turn (one that is asked for bytes has a packet begun, and nothing may come in between).
    explicit ChannelBridge(std::function<void()> on_news) : on_news_(std::move(on_news)) {}

    // What to attach to the channel of that side; once for each.
    std::unique_ptr<ChannelEndpoint> end(Side side);

    // Tells the drivers what they may collect, and gives them credit for what the other has taken.
    void wake();
    // Nothing that came from that side waits for the other any more.
    bool is_drained(Side from) const;

private:
    class End;
    struct Half {
        EndpointHost* host = nullptr;                             // while attached
        ChannelId channel{};
        std::array<Buffer, 2> arrived;                            // by Stream, for the other side
        std::size_t owed = 0;                                     // bytes the other side has taken since the last wake()
        bool finished = false;
        bool has_news = false;                                    // for the other side
        bool was_attached = false;
    };
    Half& half(Side side) { return halves_[static_cast<std::size_t>(side)]; }
    const Half& half(Side side) const { return halves_[static_cast<std::size_t>(side)]; }
    static Side other(Side side) { return side == Side::server ? Side::client : Side::server; }

    std::array<Half, 2> halves_;
    std::function<void()> on_news_;
};

} // namespace nacre
