#include "config/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

namespace nacre {

namespace {

constexpr std::size_t longest_word = 48;                          // no keyword is longer

// Which letters there are, a bit for each: one that only one of two words has costs a change.
std::uint64_t letters_in(std::string_view word)
{
    std::uint64_t letters = 0;
    for (char c : word)
        letters |= std::uint64_t{1} << (static_cast<unsigned char>(lower_case(c)) % 64);
    return letters;
}

// No distance is smaller; it is cheap, and tells most names from most words.
std::size_t least_distance(std::string_view a, std::string_view b)
{
    auto letters_a = letters_in(a), letters_b = letters_in(b);
    auto longer = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
    auto only_in_one = std::max(std::popcount(letters_a & ~letters_b), std::popcount(letters_b & ~letters_a));
    return std::max(longer, static_cast<std::size_t>(only_in_one));
}

// Optimal string alignment distance: three rows of the usual table.  From `enough` on nobody wants to know it exactly.
std::size_t distance(std::string_view a, std::string_view b, std::size_t enough)
{
    using Row = std::array<std::uint8_t, longest_word + 1>;
    std::array<Row, 3> rows{};
    Row *before_last = &rows[0], *last = &rows[1], *row = &rows[2];
    for (std::size_t j = 0; j <= b.size(); ++j)
        (*last)[j] = static_cast<std::uint8_t>(j);
    std::size_t least_of_last = 0;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        (*row)[0] = static_cast<std::uint8_t>(i);
        std::size_t least = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            bool same = lower_case(a[i - 1]) == lower_case(b[j - 1]);
            auto changes = std::min({(*last)[j] + 1, (*row)[j - 1] + 1, (*last)[j - 1] + (same ? 0 : 1)});
            bool swapped = i > 1 && j > 1 && lower_case(a[i - 1]) == lower_case(b[j - 2]) &&
                           lower_case(a[i - 2]) == lower_case(b[j - 1]);
            if (swapped)
                changes = std::min(changes, (*before_last)[j - 2] + 1);
            (*row)[j] = static_cast<std::uint8_t>(changes);
            least = std::min(least, static_cast<std::size_t>(changes));
        }
        if (std::min(least, least_of_last) >= enough)
            return enough;                                        // each row that follows is made from these two
        least_of_last = least;
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return (*last)[b.size()];
}

} // namespace

std::optional<std::string_view> nearest_name(std::string_view word, std::span<const std::string_view> names)
{
    if (word.empty() || word.size() > longest_word)
        return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t nearest = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (auto name : names) {
        if (name.size() > longest_word || least_distance(word, name) >= nearest)
            continue;
        auto away = distance(word, name, nearest);
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
