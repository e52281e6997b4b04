#include "base/pattern.h"

#include "base/text.h"

namespace nacre {

bool matches_pattern(std::string_view text, std::string_view pattern, Case sensitivity)
{
    auto same = [&](char a, char b) {
        return b == '?' || (sensitivity == Case::ignored ? to_lower(a) == to_lower(b) : a == b);
    };
    // Greedy with one level of backtracking: only the last star ever needs to be retried.
    std::size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && same(text[t], pattern[p])) {
            ++t;
            ++p;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

PatternMatch matches_pattern_list(std::string_view text, std::string_view list, Case sensitivity)
{
    auto result = PatternMatch::none;
    for (auto pattern : split(list, ',')) {
        bool negated = pattern.starts_with('!');
        if (negated)
            pattern.remove_prefix(1);
        if (!matches_pattern(text, pattern, sensitivity))
            continue;
        if (negated)
            return PatternMatch::negated;
        result = PatternMatch::yes;
    }
    return result;
}

} // namespace nacre
