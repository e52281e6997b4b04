#include "client/forwarding/remote_socks.h"

#include <algorithm>
#include <utility>

namespace nacre {

void RemoteSocks::deliver(Stream stream, Bytes data)
{
    if (stream == Stream::data && !hangs_up_)
        input_.append(data);
    else
        host_->consumed(channel_, data.size());
}

void RemoteSocks::flush()
{
    while (!decided_) {
        auto step = negotiation_.advance(input_.data());
        if (step.used > 0) {
            input_.consume(step.used);
            host_->consumed(channel_, step.used);
        }
        if (!step.reply.empty())
            say(step.reply);
        decided_ = step.next != SocksStep::Next::wait;
        if (decided_)
            callbacks_.decided(*this, step);
        if (step.used == 0)
            return;
    }
}

// Whoever ends before he has said where to will not say it any more.
void RemoteSocks::peer_finished()
{
    finished_ = true;
    flush();                                                      // what came with the end may say it
    if (std::exchange(decided_, true))
        return;
    SocksStep step;
    step.next = SocksStep::Next::hang_up;
    step.why = "ended before it said where to";
    callbacks_.decided(*this, step);
}

// Written at once, it would be lost while keys are exchanged.
void RemoteSocks::say(Bytes reply)
{
    replies_.append(reply);
    host_->ready_to_give(channel_);
}

Given RemoteSocks::collect(Stream stream, MutableBytes space)
{
    if (stream != Stream::data)
        return {};
    auto piece = replies_.data().first(std::min(space.size(), replies_.size()));
    std::ranges::copy(piece, space.begin());
    replies_.consume(piece.size());
    look_whether_over();
    return {.bytes = piece.size(), .more = !replies_.empty()};
}

void RemoteSocks::hang_up(Bytes last_words)
{
    hangs_up_ = true;
    replies_.append(last_words);
    look_whether_over();
    host_->ready_to_give(channel_);                               // last: it may be the end of the connection, and ours
}

void RemoteSocks::look_whether_over()
{
    if (hangs_up_ && replies_.empty() && !farewell_)
        farewell_ = loop_.at(loop_.now(), callbacks_.over);
}

} // namespace nacre
