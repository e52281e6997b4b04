// A channel that a client of the master asked for, whatever its kind.
#pragma once

#include <string>
#include <string_view>

#include "connection/connection_events.h"

namespace nacre {

// Of a program whose channel nobody has closed: whether what it said of its end is its status.
enum class StatusHeard { is_void, counts };

class MuxChannel {
public:
    virtual ~MuxChannel() = default;

    virtual Result<void> open() = 0;
    virtual void close() = 0;                                     // the client is gone
    // The client hears at once that this was not the end of its program, or of what it sent, whatever the server does;
    // or the program's status, where it counts.
    virtual void abandon(std::string_view why, StatusHeard heard) = 0;
    // What came through the channel, which is closed, still waits to be written: not even the connection's end ends that.
    virtual bool delivers() const = 0;
    virtual void window_changed() {}
    virtual std::string describe() const = 0;                     // printable

    virtual void on_opened() = 0;
    virtual void on_refused(std::string_view why) = 0;
    virtual void on_request(const Requested& event) = 0;
    virtual void on_answer(bool) {}
    virtual void on_closed() = 0;

    bool has(ChannelId channel) const { return has_channel_ && channel == channel_; }
    bool has_channel() const { return has_channel_; }
    ChannelId channel() const { return channel_; }

protected:
    ChannelId channel_{};
    bool has_channel_ = false;                                    // from the asking to the closing
    bool is_over_ = false;                                        // told
};

} // namespace nacre
