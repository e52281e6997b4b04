// Which word was meant: the nearest of some names, if one is near enough.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/keyword.h"

namespace nacre {

// Letters that are wrong, missing, too many or swapped with a neighbour; case does not count.  Up to a third of the word.
std::optional<std::string_view> nearest_name(std::string_view word, std::span<const std::string_view> names);

// " (did you mean Port?)", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> names);

template <class Options>
std::vector<std::string_view> names_in(const KeywordTable<Options>& table)
{
    std::vector<std::string_view> names;
    for (auto& row : table.rows)
        names.push_back(row.name);
    for (auto& alias : table.aliases)
        names.push_back(alias.name);
    return names;
}

} // namespace nacre
