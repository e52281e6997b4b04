// Global requests that want an answer: answers come in the order of the requests and carry no name (RFC 4254 §4), so
// all of a connection's questions pass through here.
#pragma once

#include <deque>
#include <functional>
#include <string_view>

#include "connection/connection.h"

namespace nacre {

class GlobalQuestions {
public:
    explicit GlobalQuestions(Connection& connection) : connection_(connection) {}

    using OnAnswer = std::function<Result<void>(const GlobalAnswered&)>;   // an error ends the connection

    void ask(std::string_view name, Bytes details, OnAnswer on_answer)
    {
        connection_.global_request(name, details, WantReply::yes);
        waiting_.push_back(std::move(on_answer));
    }
    template <Declared R>
    void ask(const R& request, OnAnswer on_answer)
    {
        ask(R::name, encode(request), std::move(on_answer));
    }

    Result<void> on(const GlobalAnswered& event)
    {
        if (waiting_.empty())
            return {};
        auto on_answer = std::move(waiting_.front());
        waiting_.pop_front();
        return on_answer ? on_answer(event) : Result<void>{};
    }

private:
    Connection& connection_;
    std::deque<OnAnswer> waiting_;
};

} // namespace nacre
