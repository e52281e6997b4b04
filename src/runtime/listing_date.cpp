#include "runtime/listing_date.h"

#include <array>

namespace nacre {

std::string listing_date(std::time_t when, std::time_t now)
{
    constexpr std::time_t half_a_year = std::time_t{365} * 24 * 60 * 60 / 2;
    std::tm local{};
    std::array<char, 64> text{};
    if (!::localtime_r(&when, &local))
        return "";
    bool shows_hour = when <= now && now - when < half_a_year;
    auto length = std::strftime(text.data(), text.size(), shows_hour ? "%b %e %H:%M" : "%b %e  %Y", &local);
    return {text.data(), length};
}

} // namespace nacre
