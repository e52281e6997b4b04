#include "config/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nacre {

namespace {

constexpr std::size_t longest_word = 48;                          // no keyword is longer

// Optimal string alignment distance: three rows of the usual table.
std::size_t distance(std::string_view a, std::string_view b)
{
    using Row = std::array<std::size_t, longest_word + 1>;
    Row before_last{}, last{}, row{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            bool same = lower_case(a[i - 1]) == lower_case(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            bool swapped = i > 1 && j > 1 && lower_case(a[i - 1]) == lower_case(b[j - 2]) &&
                           lower_case(a[i - 2]) == lower_case(b[j - 1]);
            if (swapped)
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last = last;
        last = row;
    }
    return last[b.size()];
}

} // namespace

std::optional<std::string_view> nearest_name(std::string_view word, std::span<const std::string_view> names)
{
    if (word.empty() || word.size() > longest_word)
        return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t nearest = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (auto name : names) {
        if (name.size() > longest_word)
            continue;
        auto away = distance(word, name);
        if (away < nearest) {
            nearest = away;
            best = name;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> names)
{
    auto name = nearest_name(word, names);
    return name ? fmt::format(" (did you mean {}?)", *name) : std::string{};
}

} // namespace nacre
