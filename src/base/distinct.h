// Whether a table gives something twice that must be there once: for static_assert.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <ranges>

namespace nacre {

// No two rows have the same of what `projection` takes of them.
template <class Table, class Projection>
constexpr bool all_differ(const Table& table, Projection projection)
{
    for (auto row = std::ranges::begin(table); row != std::ranges::end(table); ++row)
        if (std::ranges::find(std::next(row), std::ranges::end(table), std::invoke(projection, *row), projection) != std::ranges::end(table))
            return false;
    return true;
}

} // namespace nacre
