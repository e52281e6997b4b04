#include "client/mux/channel_bridge.h"

#include <algorithm>
#include <cstring>

namespace nacre {

class ChannelBridge::End final : public ChannelEndpoint {
public:
    End(std::shared_ptr<ChannelBridge> bridge, Side side) : bridge_(std::move(bridge)), side_(side) {}
    ~End() override { ours().host = nullptr; }
    End(const End&) = delete;
    End& operator=(const End&) = delete;

    void attached(EndpointHost& host, ChannelId channel) override
    {
        ours().host = &host;
        ours().channel = channel;
        ours().was_attached = true;
    }

    // Where the other side has gone nobody wants it any more.
    void deliver(Stream stream, Bytes data) override
    {
        if (theirs().was_attached && !theirs().host)
            ours().host->consumed(ours().channel, data.size());
        else
            ours().arrived[index(stream)].append(data);
    }

    void flush() override { tell(); }

    void peer_finished() override
    {
        ours().finished = true;
        tell();
    }

    Given collect(Stream stream, MutableBytes space) override
    {
        auto& waiting = theirs().arrived[index(stream)];
        auto count = std::min(space.size(), waiting.size());
        if (count > 0) {
            std::memcpy(space.data(), waiting.data().data(), count);
            waiting.consume(count);
            theirs().owed += count;
            bridge_->on_news_();
        }
        if (waiting.empty() && waiting.capacity() > idle_capacity)
            waiting.release();
        return {.bytes = count, .finished = waiting.empty() && theirs().finished, .more = !waiting.empty()};
    }

    bool delivered_all() const override { return bridge_->is_drained(side_); }

private:
    static constexpr std::size_t idle_capacity = 64 * 1024;       // an emptied buffer larger than this is given back
    static std::size_t index(Stream stream) { return static_cast<std::size_t>(stream); }

    void tell()
    {
        ours().has_news = true;
        bridge_->on_news_();
    }

    Half& ours() { return bridge_->half(side_); }
    Half& theirs() { return bridge_->half(other(side_)); }

    std::shared_ptr<ChannelBridge> bridge_;
    Side side_;
};

std::unique_ptr<ChannelEndpoint> ChannelBridge::end(Side side)
{
    return std::make_unique<End>(shared_from_this(), side);
}

void ChannelBridge::wake()
{
    for (auto& half : halves_)
        if (auto owed = std::exchange(half.owed, 0); owed > 0 && half.host)
            half.host->consumed(half.channel, owed);
    for (auto side : {Side::server, Side::client}) {
        auto& taker = half(other(side));
        if (std::exchange(half(side).has_news, false) && taker.host)
            taker.host->ready_to_give(taker.channel);
    }
}

bool ChannelBridge::is_drained(Side from) const
{
    return std::ranges::all_of(half(from).arrived, [](auto& waiting) { return waiting.empty(); });
}

} // namespace nacre
