// A session that is open at the server before anybody wants it: the next client's program starts one round trip after it
// was asked for, not two.
//
// No guess: the server has confirmed the channel, so what is asked of it can go nowhere else.  It counts among the sessions
// that the server allows (MaxSessions).  So whoever is refused one of its own takes this one; and where the server had no
// room for it, none is opened ahead again before there are fewer sessions than there were then.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>

#include "connection/connection.h"

namespace nacre {

class SpareSession {
public:
    explicit SpareSession(Connection& connection) : connection_(connection) {}

    void stock_up();                                              // unless there is one, or no room
    std::optional<ChannelId> take();                              // open, and the taker's from now on
    void give_up();                                               // nobody will want one any more

    bool on(const Opened& event);                                 // these: false if not ours
    bool on(const OpenRefused& event);
    bool on(const Requested& event);
    bool on(const Closed& event);

    std::optional<ChannelId> channel() const { return channel_; }

private:
    bool is(ChannelId channel) const { return channel_ == channel; }

    Connection& connection_;
    std::optional<ChannelId> channel_;
    bool is_wanted_ = true;
    std::size_t room_ = std::numeric_limits<std::size_t>::max();  // sessions that the server is known to allow, at most
};

} // namespace nacre
