#include "client/forwarding/remote_socks.h"

#include <utility>

namespace nacre {

void RemoteSocks::deliver(Stream stream, Bytes data)
{
    if (stream == Stream::data)
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
        decided_ = step.next != SocksStep::Next::wait;
        if (decided_ || !step.reply.empty())
            on_step_(*this, step);
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
    on_step_(*this, step);
}

} // namespace nacre
