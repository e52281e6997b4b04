// Events: the variant of one layer made wider, and taking them apart.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/result.h"

namespace nacre {

// The same event in a variant of more types.
template <class Wide, class Narrow>
Result<std::optional<Wide>> widen(Result<std::optional<Narrow>> step)
{
    auto event = TRY(std::move(step));
    if (!event)
        return std::nullopt;
    return std::visit([](auto& e) { return std::optional<Wide>{Wide{std::move(e)}}; }, *event);
}

// One callable of several, for std::visit: Overloaded{[](const Opened&) {…}, [](const auto&) {}}.
template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

// Takes events from next() until there are none.  What `answer` does not take (false) goes to `handle`.
template <class Next, class Answer, class Handler>
Result<void> drain_events(Next next, Answer answer, Handler&& handle)
{
    for (;;) {
        auto event = TRY(next());
        if (!event)
            return {};
        bool answered = TRY(answer(*event));
        if (answered)
            continue;
        auto outcome = std::visit(
            [&](const auto& e) -> Result<void> {
                if constexpr (std::is_void_v<decltype(handle(e))>) {
                    handle(e);
                    return {};
                } else {
                    return handle(e);
                }
            },
            *event);
        TRY(std::move(outcome));
    }
}

} // namespace nacre
