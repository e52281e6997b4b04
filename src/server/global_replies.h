// Answers to the client's global requests leave in the order of the requests (RFC 4254 §4), whenever their outcomes come.
//
// A ticket stands for a request until its outcome is known.
#pragma once

#include <cstdint>
#include <deque>

#include "connection/connection.h"

namespace nacre {

class GlobalReplies {
public:
    explicit GlobalReplies(Connection& connection) : connection_(connection) {}

    // A request whose outcome is asked for.  An error: the client has too many of them open.
    Result<std::uint32_t> expect(WantReply want_reply);
    // False: not a ticket of ours.
    bool settle(std::uint32_t ticket, bool success, ByteVector details = {});
    // A request whose outcome is known.
    Result<void> answer(WantReply want_reply, bool success);

    static constexpr std::size_t most_open = 256;
    static constexpr std::uint32_t first_ticket = 0x80000000;     // below it are those of channel requests

private:
    struct Open {
        std::uint32_t ticket = 0;
        bool wanted = false;
        bool settled = false;
        bool success = false;
        ByteVector details;
    };
    void send_settled();

    Connection& connection_;
    std::deque<Open> open_;
    std::uint32_t next_ticket_ = first_ticket;
};

} // namespace nacre
