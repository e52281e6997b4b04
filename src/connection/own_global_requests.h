// Whose is the answer to a global request?
//
// Answers come in the order of the requests, without a word of which (RFC 4254 §4).  Where several people ask on one connection,
// each keeps one of these for his own requests, and shows it every GlobalAnswered.  Not for `on_event`, which is not shown the
// answers to what SshClient and SshServer ask themselves.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "connection/connection.h"

namespace nacre {

class OwnGlobalRequests {
public:
    using Number = std::uint64_t;                                 // of an answer, counted from the first one

    // The number of its answer.
    Number ask(Connection& connection, std::string_view name, Bytes details)
    {
        connection.global_request(name, details, WantReply::yes);
        waiting_.push_back(answered_ + connection.globals_unanswered());
        return waiting_.back();
    }

    // A GlobalAnswered has come: of which of ours?  Nothing: somebody else has asked.
    std::optional<Number> answered()
    {
        ++answered_;
        if (waiting_.empty() || waiting_.front() != answered_)
            return std::nullopt;
        waiting_.pop_front();
        return answered_;
    }

private:
    std::deque<Number> waiting_;                                  // grows only by ask()
    Number answered_ = 0;
};

} // namespace nacre
