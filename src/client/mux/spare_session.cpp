#include "client/mux/spare_session.h"

#include <utility>

#include "connection/channel_kinds.h"

namespace nacre {

void SpareSession::stock_up()
{
    if (channel_ || !is_wanted_ || connection_.count_of(SessionChannel::name) >= room_ ||
        connection_.channel_count() >= Connection::most_channels)
        return;
    channel_ = connection_.open(SessionChannel{});
}

std::optional<ChannelId> SpareSession::take()
{
    if (!channel_ || !connection_.is_open(*channel_))
        return std::nullopt;
    return std::exchange(channel_, std::nullopt);
}

void SpareSession::give_up()
{
    is_wanted_ = false;
    if (channel_)
        connection_.close(*channel_);                             // nothing, while it is not open: see on(Opened)
}

bool SpareSession::on(const Opened& event)
{
    if (!is(event.channel))
        return false;
    if (!is_wanted_)
        connection_.close(event.channel);
    return true;
}

bool SpareSession::on(const OpenRefused& event)
{
    if (!is(event.channel))
        return false;
    channel_.reset();
    room_ = connection_.count_of(SessionChannel::name);
    return true;
}

bool SpareSession::on(const Requested& event)
{
    if (!is(event.channel))
        return false;
    if (event.want_reply == WantReply::yes)
        connection_.answer(event.channel, false);
    return true;
}

// The server has its reasons.  The next client's session brings the next one.
bool SpareSession::on(const Closed& event)
{
    if (!is(event.channel))
        return false;
    channel_.reset();
    return true;
}

} // namespace nacre
