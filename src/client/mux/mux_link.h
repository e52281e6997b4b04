// One client's connection to the control socket, seen from the master: whole messages and descriptors in, bytes out.
//
// Descriptors come with bytes of their own behind the message that announces them; more than the largest message
// announces, or any that come unasked, end the conversation.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "os/event_loop.h"
#include "os/fd.h"

namespace nacre {

class MuxLink {
public:
    // `on_input`: something came, take it.  `on_gone`: the other side has closed, or broke the rules; nothing follows.
    MuxLink(EventLoop& loop, Fd socket, std::function<void()> on_input, std::function<void()> on_gone);

    Result<std::optional<Bytes>> next();                          // a body; valid until the next call or return to the loop
    std::optional<std::vector<Fd>> take_descriptors(std::size_t count);   // nothing: some are still to come

    void send(Bytes bytes);
    // The socket, for whoever speaks something else on it from now on, and what was read of that already.  An error: our
    // last words are still to be sent.  Nothing happens here any more.
    struct HandedOver {
        Fd socket;
        ByteVector already_read;
    };
    Result<HandedOver> hand_over();

    void close_soon();                                            // as soon as everything is sent

    // Nobody who reads this slowly is worth more memory.
    static constexpr std::size_t most_waiting = 8 * 1024 * 1024;
    static constexpr std::size_t most_descriptors = 3;
    static constexpr std::size_t most_unread = 1024 * 1024;       // past the largest message

private:
    void ready(Ready ready);
    void receive();
    void transmit();
    void settle();
    void gone();

    EventLoop& loop_;
    Fd socket_;
    std::function<void()> on_input_, on_gone_;
    std::unique_ptr<Watch> watch_;
    std::unique_ptr<Timer> farewell_;
    Buffer in_, out_;
    std::deque<Fd> descriptors_;
    bool closing_ = false;
    bool gone_ = false;
};

} // namespace nacre
