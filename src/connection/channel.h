// One channel (RFC 4254 §5): two numbers, two windows, and how far it has been closed.
//
//     asked for or wanted ─► open ─► one or both sides finished ─► closed by one ─► closed by both
//
// Connection owns the channels and speaks for them; this class keeps the rules of one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "connection/channel_limits.h"
#include "connection/connection_events.h"
#include "connection/window.h"

namespace nacre {

class Channel {
public:
    enum class State {
        wanted,        // we sent CHANNEL_OPEN
        asked_for,     // the peer did
        open,
        closing,       // we sent CHANNEL_CLOSE and wait for the peer's
    };

    // What goes through it, as far as the connection's traffic class is concerned.
    enum class Use {
        undecided,     // a session without a program, or whose terminal is not granted yet; an agent's
        terminal,      // a person types and reads
        bulk,
    };

    // Answers to requests of one side, which come in order.
    struct AnswersDue {
        std::uint32_t count = 0;
        std::uint32_t up_to_terminal = 0;                         // 0: none of them is about a terminal
    };

    Channel(State begins, std::string of_kind, ChannelLimits ours);

    // The peer's half of the bargain, from CHANNEL_OPEN or its confirmation.
    void peer_is(std::uint32_t number, std::uint32_t window, std::uint32_t packet)
    {
        peer_number = number;
        send_window = SendWindow{window};
        peer_largest_packet = packet;
    }

    bool takes_requests() const { return state == State::open || (state == State::wanted && number_is_presumed); }

    // Either side may ask; what a session is for shows in the names of requests, and whether a terminal was granted.
    void was_asked(std::string_view request, WantReply want_reply, AnswersDue& due);
    void was_answered(bool success, AnswersDue& due);

    // How much data may go into one message now.
    std::uint32_t may_send(std::uint32_t at_most) const;
    Result<void> receive(std::uint32_t bytes, TimePoint now);

    State state;
    std::string kind;                                             // "session"
    Use use;
    ChannelLimits limits;
    ReceiveWindow receive_window;
    SendWindow send_window{0};
    std::uint32_t peer_number = 0;
    bool number_is_presumed = false;                              // until the confirmation
    std::uint32_t peer_largest_packet = 0;
    bool we_finished = false;                                     // our EOF is sent
    bool peer_finished = false;                                   // the peer's EOF has come
    bool close_is_held = false;                                   // see Connection::hold_close()
    bool peer_closed = false;                                     // its CLOSE has come and is not answered yet
    AnswersDue requests_unanswered;                               // ours that want a reply
    AnswersDue requests_to_answer;                                // theirs
    bool has_program = false;                                     // asked for, at least
};

} // namespace nacre
