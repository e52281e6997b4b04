// ChannelTimeout: channels on which nothing has moved for too long are closed, each kind after its own time.
//
// Whoever opens a channel says of which kind it is by OpenSSH's names ("session:shell",
// "direct-tcpip", "agent-connection"), and takes it back when it is closed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/option_types.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"

namespace nacre {

class ChannelTimeouts {
public:
    // `on_timeout` is called from the loop for each channel to be closed; it is no longer watched then.
    using OnTimeout = std::function<void(ChannelId channel, const std::string& kind)>;
    ChannelTimeouts(EventLoop& loop, ConnectionDriver& driver, OnTimeout on_timeout)
        : loop_(loop), driver_(driver), on_timeout_(std::move(on_timeout))
    {
    }

    // The first pattern that fits a kind counts; "global" is about all of them taken together.
    void set_rules(std::vector<ChannelTimeout> rules) { rules_ = std::move(rules); }

    void attached(ChannelId channel, std::string kind);           // to the driver
    void closed(ChannelId channel);

private:
    struct Watched {
        std::string kind;
        Seconds idle{0};                                          // 0: for ever
    };
    void look();
    TimePoint last_active(std::uint32_t channel) const;
    std::vector<std::uint32_t> overdue(TimePoint now) const;

    EventLoop& loop_;
    ConnectionDriver& driver_;
    OnTimeout on_timeout_;
    std::vector<ChannelTimeout> rules_;
    std::map<std::uint32_t, Watched> watched_;
    std::unique_ptr<Timer> timer_;
};

// What ChannelTimeout calls a kind of channel: "x11" is "x11-connection".
std::string timeout_name_of(std::string_view kind);

// The time that `rules` give a kind of channel; 0: for ever.
Seconds timeout_of_kind(const std::vector<ChannelTimeout>& rules, std::string_view kind);

} // namespace nacre
