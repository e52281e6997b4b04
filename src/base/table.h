// Tables: constexpr arrays whose rows have a `name`.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <ranges>
#include <string>
#include <string_view>

namespace nacre {

// The row of that name, or null.  The tables are short: a search from the top is the fast way.
template <class Table>
constexpr auto* find_by_name(const Table& table, std::string_view name)
{
    for (auto& row : table)
        if (row.name == name)
            return &row;
    return static_cast<decltype(&*std::ranges::begin(table))>(nullptr);
}

// No two rows have the same of what `projection` takes of them.
template <class Table, class Projection>
constexpr bool all_differ(const Table& table, Projection projection)
{
    for (auto row = std::ranges::begin(table); row != std::ranges::end(table); ++row)
        if (std::ranges::find(std::next(row), std::ranges::end(table), std::invoke(projection, *row), projection) != std::ranges::end(table))
            return false;
    return true;
}

template <class Table>
constexpr bool sorted_by_name(const Table& table)
{
    return std::ranges::is_sorted(table, {}, [](auto& row) { return row.name; });
}

// "a,b,c", of the rows that `wanted` accepts.
template <class Table, class Wanted>
std::string names_of(const Table& table, Wanted wanted)
{
    std::string names;
    for (auto& row : table) {
        if (!wanted(row))
            continue;
        if (!names.empty())
            names += ',';
        names += row.name;
    }
    return names;
}

} // namespace nacre
