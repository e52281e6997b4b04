// Tables: constexpr arrays whose rows have a `name`.
#pragma once

#include <algorithm>
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
