#include "runtime/memory_endpoint.h"

#include <algorithm>
#include <utility>

#include "runtime/callback.h"

namespace nacre {
namespace {

constexpr std::size_t index(Stream stream) { return stream == Stream::data ? 0 : 1; }

} // namespace

void MemoryEndpoint::attached(EndpointHost& host, ChannelId channel)
{
    host_ = &host;
    channel_ = channel;
    if (unsent() > 0 || finished_)
        host_->ready_to_give(channel_);
}

// ---- from the peer -----------------------------------------------------------------------

void MemoryEndpoint::deliver(Stream stream, Bytes data)
{
    if (started_)
        hand_over(stream, data);
    else
        early_[index(stream)].append(data);                       // no credit: bounded by the channel's window
}

void MemoryEndpoint::hand_over(Stream stream, Bytes data)
{
    if (!silent_) {
        in_delivery_ = host_ != nullptr;
        call(on_data, stream, data);
        in_delivery_ = false;
    }
    owed_ += data.size();
    if (unsent() <= most_unsent && host_)
        host_->consumed(channel_, std::exchange(owed_, 0));
}

void MemoryEndpoint::start()
{
    started_ = true;
    for (auto stream : {Stream::data, Stream::stderr_data}) {
        auto waiting = std::exchange(early_[index(stream)], {});
        if (!waiting.empty())
            hand_over(stream, waiting.data());
    }
    if (peer_finished_)
        tell_end();
}

void MemoryEndpoint::peer_finished()
{
    peer_finished_ = true;
    if (started_)
        tell_end();
}

void MemoryEndpoint::tell_end()
{
    if (on_end && !silent_ && !std::exchange(end_told_, true))
        call(on_end);
}

void MemoryEndpoint::silence()
{
    silent_ = true;
    host_ = nullptr;
}

// ---- to the peer -------------------------------------------------------------------------

void MemoryEndpoint::write(Stream stream, Bytes data)
{
    if (finished_ || silent_ || data.empty())
        return;
    out_[index(stream)].append(data);
    was_full_ = was_full_ || unsent() > most_unsent;
    if (in_delivery_)
        host_->ready_to_give(channel_);
    else
        review_soon();
}

void MemoryEndpoint::finish()
{
    finished_ = true;
    review_soon();
}

Given MemoryEndpoint::collect(Stream stream, MutableBytes space)
{
    auto& queue = out_[index(stream)];
    auto piece = queue.data().first(std::min(space.size(), queue.size()));
    std::ranges::copy(piece, space.begin());
    queue.consume(piece.size());
    if (queue.empty() && queue.capacity() > 0)
        queue.release();
    bool has_room_again = unsent() <= most_unsent && (owed_ > 0 || was_full_);
    if (has_room_again || (finished_ && unsent() == 0 && !sent_told_))
        review_soon();
    return {.bytes = piece.size(), .finished = finished_ && queue.empty(), .more = !queue.empty()};
}

// A packet is being filled while we are asked for data: no other message may begin then.
void MemoryEndpoint::review_soon()
{
    if (!soon_)
        soon_ = loop_.at(loop_.now(), [this] {
            soon_.reset();
            review();
        });
}

void MemoryEndpoint::review()
{
    if (silent_)
        return;
    if (unsent() <= most_unsent && owed_ > 0 && host_)
        host_->consumed(channel_, std::exchange(owed_, 0));
    if (finished_ && unsent() == 0 && !std::exchange(sent_told_, true)) {
        if (auto tell = std::move(on_sent))
            tell();
        return;
    }
    if (unsent() <= most_unsent && std::exchange(was_full_, false) && on_room && !silent_)
        call(on_room);
    if (host_)
        host_->ready_to_give(channel_);
}

} // namespace nacre
