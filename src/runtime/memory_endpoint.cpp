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
    auto& before = waiting_[index(stream)];
    if (!takes_input() || !before.empty()) {
        before.append(data);                                      // no credit: bounded by the channel's window
        return;
    }
    in_delivery_ = host_ != nullptr;
    hand_over(stream, data);
    in_delivery_ = false;
}

void MemoryEndpoint::hand_over(Stream stream, Bytes data)
{
    if (!silent_)
        call(on_data, stream, data);
    owed_ += data.size();
    give_credit();
}

void MemoryEndpoint::give_credit()
{
    if (host_ && takes_input() && unsent() <= most_unsent && owed_ > 0)
        host_->consumed(channel_, std::exchange(owed_, 0));
}

void MemoryEndpoint::start()
{
    started_ = true;
    hand_over_waiting();
}

void MemoryEndpoint::hold_input(bool yes)
{
    input_held_ = yes;
    if (!yes)
        review_soon();
}

void MemoryEndpoint::hand_over_waiting()
{
    for (auto stream : {Stream::data, Stream::stderr_data}) {
        if (!takes_input())
            return;
        auto waiting = std::exchange(waiting_[index(stream)], {});
        if (!waiting.empty())
            hand_over(stream, waiting.data());
    }
    tell_end();
}

void MemoryEndpoint::peer_finished()
{
    peer_finished_ = true;
    if (waiting_[0].empty() && waiting_[1].empty())
        tell_end();
}

void MemoryEndpoint::tell_end()
{
    if (peer_finished_ && takes_input() && on_end && !silent_ && !std::exchange(end_told_, true))
        call(on_end);
}

void MemoryEndpoint::silence()
{
    silent_ = true;
    host_ = nullptr;
}

void MemoryEndpoint::channel_closed()
{
    if (started_)
        silence();
    is_closed_ = true;
    host_ = nullptr;
}

// ---- to the peer -------------------------------------------------------------------------

void MemoryEndpoint::write(Stream stream, Bytes data)
{
    if (finished_ || silent_ || is_closed_ || data.empty())
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
    bool has_room_again = unsent() <= most_unsent && ((takes_input() && owed_ > 0) || was_full_);
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

void MemoryEndpoint::review() noexcept
{
    if (silent_)
        return;
    if (takes_input())
        hand_over_waiting();
    give_credit();
    if (finished_ && unsent() == 0 && !std::exchange(sent_told_, true))
        if (auto tell = std::move(on_sent)) {
            tell();                                               // which may destroy us
            return;
        }
    if (unsent() <= most_unsent && std::exchange(was_full_, false) && on_room && !silent_)
        call(on_room);
    if (host_)
        host_->ready_to_give(channel_);
}

} // namespace nacre
