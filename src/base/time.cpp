#include "base/time.h"

#include <cstdint>

namespace nacre {
namespace {

std::int64_t unit_in_seconds(char unit)
{
    switch (unit) {
    case 's': case 'S': return 1;
    case 'm': case 'M': return 60;
    case 'h': case 'H': return 3600;
    case 'd': case 'D': return 86400;
    case 'w': case 'W': return 604800;
    default: return 0;
    }
}

} // namespace

std::optional<Seconds> parse_duration(std::string_view text)
{
    constexpr std::int64_t limit = 0x7fffffff;
    if (text.empty())
        return std::nullopt;
    std::int64_t total = 0;
    while (!text.empty()) {
        std::int64_t number = 0;
        std::size_t digits = 0;
        for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
            number = number * 10 + (text[digits] - '0');
            if (number > limit)
                return std::nullopt;
        }
        if (digits == 0)
            return std::nullopt;
        text.remove_prefix(digits);
        std::int64_t unit = 1;
        if (!text.empty()) {
            unit = unit_in_seconds(text.front());
            text.remove_prefix(1);
        }
        if (unit == 0)
            return std::nullopt;
        total += number * unit;
        if (total > limit)
            return std::nullopt;
    }
    return Seconds{total};
}

} // namespace nacre
