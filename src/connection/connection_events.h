// What the connection layer reports.  Views point into the received packet, until next() or receive_space() is called again.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/strong.h"
#include "messages/connection.h"

namespace nacre {

// One of the two streams of a channel.
enum class Stream : std::uint32_t { data = 0, stderr_data = 1 };  // SSH_EXTENDED_DATA_STDERR

enum class WantReply { no, yes };                                 // whether a request is to be answered

struct OpenRequested {                                            // accept or refuse it
    ChannelId channel;
    std::string_view kind;
    Bytes details;
};
struct Opened {                                                   // ours; data may be sent
    ChannelId channel;
    Bytes details;
};
struct OpenRefused {                                              // the channel is gone
    ChannelId channel;
    OpenFailure reason;
    std::string_view description;
};
struct DataArrived {                                              // say data_consumed() when it has been used
    ChannelId channel;
    Stream stream;
    Bytes data;
};
struct RoomToSend {                                               // there was none, and now there is
    ChannelId channel;
};
struct Requested {                                                // answer() it if a reply is wanted, in order
    ChannelId channel;
    std::string_view request;
    WantReply want_reply;
    Bytes details;
};
struct RequestAnswered {                                          // to ours with WantReply::yes, in order
    ChannelId channel;
    bool success;
};
struct PeerFinished {                                             // EOF
    ChannelId channel;
};
struct Closed {                                                   // by both sides: the next channel may get the number
    ChannelId channel;
};
struct GlobalRequested {                                          // answer_global() it if a reply is wanted, in order
    std::string_view request;
    WantReply want_reply;
    Bytes details;
};
struct GlobalAnswered {                                           // to ours with WantReply::yes, in order
    bool success;
    Bytes details;
};

// Whatever is reported.
using ConnectionEvent = std::variant<OpenRequested, Opened, OpenRefused, DataArrived, RoomToSend, Requested,
                                     RequestAnswered, PeerFinished, Closed, GlobalRequested, GlobalAnswered>;

} // namespace nacre
