// Questions to the monitor, so few at a time that its answers always fit into its socket: or the monitor could wait for
// sshd-net to read while sshd-net waits for the monitor.
//
// Everything leaves in the order in which it was said; what has to wait is bounded, and a client that makes more wait
// loses its connection.
#pragma once

#include <deque>

#include "server/message_socket.h"

namespace nacre {

class PacedQuestions {
public:
    static constexpr std::size_t most_open = 64;                  // asked and not answered
    static constexpr std::size_t most_held = std::size_t{1} << 20;   // bytes that wait

    explicit PacedQuestions(MessageSocket& monitor) : monitor_(monitor) {}

    // A question that is answered once; answered() when that has come.
    template <Message M>
    Result<void> ask(const M& question) { return say(encode(question), true); }
    // What has no answer.
    template <Message M>
    Result<void> tell(const M& news) { return say(encode(news), false); }
    Result<void> answered();

private:
    static constexpr std::size_t overhead = 64;                   // of what waits, beyond its bytes

    struct Held {
        ByteVector message;
        bool is_question = false;
    };

    Result<void> say(ByteVector message, bool is_question);
    Result<void> send_held();

    MessageSocket& monitor_;
    std::size_t open_ = 0;
    std::deque<Held> held_;
    std::size_t held_bytes_ = 0;
};

} // namespace nacre
