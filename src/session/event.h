// Turns the event of one layer into the wider variant of a session.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/result.h"

namespace nacre {

template <class Wide, class Narrow>
Result<std::optional<Wide>> widen(Result<std::optional<Narrow>> step)
{
    auto event = TRY(std::move(step));
    if (!event)
        return std::nullopt;
    return std::visit([](auto& e) { return std::optional<Wide>{Wide{std::move(e)}}; }, *event);
}

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

} // namespace nacre
