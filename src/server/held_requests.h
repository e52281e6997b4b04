// What a client asks of a session behind a program, held until it is known whether that one runs (RFC 4254 §6.5).
//
// A signal is meant for the program, and another program for the case that the first one is refused.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "connection/connection_events.h"

namespace nacre {

// Who waits for no answers may ask for many things in one go: what is beyond bounds is left out, and nobody hears of it.
enum class Admission { taken, left_out, too_many };

class HeldRequests {
public:
    struct Held {
        std::string request;
        WantReply want_reply;
        ByteVector details;
        std::size_t behind;                                       // so many bytes of the channel's data that wait, too
    };
    static constexpr std::size_t most_unheard = 1024;
    static constexpr std::size_t most_open = 2 * most_unheard;
    static constexpr std::string_view too_many = "too many channel requests without waiting for their answers";
    static constexpr std::size_t most_bytes = 256 * 1024;         // two commands of the longest kind

    // An error: the client does not wait, and has asked for too much.  Whoever holds them counts them itself.
    Result<void> add(const Requested& request, std::size_t behind);
    // Behind so many whose answers are open, too.  What wants no answer leaves as much room, and as many bytes, to what does.
    Admission admit(const Requested& request, std::size_t unanswered, bool is_to_be_held) const;
    Held take();                                                  // the oldest; there is one
    std::size_t count() const { return held_.size(); }
    // The program was refused: so many of the `all` bytes that wait were meant for it, and not for the next.
    std::size_t take_data_in_vain(std::size_t all);

private:
    static std::size_t size_of(const auto& asked) { return asked.request.size() + asked.details.size(); }

    std::deque<Held> held_;
    std::size_t bytes_ = 0;
};

} // namespace nacre
