#include "runtime/listing_date.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace nacre {
namespace {

constexpr std::time_t day = 24 * 60 * 60;

// As `format` has it here and in this language.
std::string local(std::time_t when, const char* format)
{
    std::tm parts{};
    std::array<char, 64> text{};
    ::localtime_r(&when, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

TEST(ListingDate, HasTheHourForHalfAYear)
{
    constexpr std::time_t now = 1'800'000'000;
    for (auto when : {now, now - day, now - 182 * day})
        EXPECT_EQ(listing_date(when, now), local(when, "%b %e %H:%M"));
    for (auto when : {now - 183 * day, now + 1, std::time_t{0}})
        EXPECT_EQ(listing_date(when, now), local(when, "%b %e  %Y"));
    EXPECT_EQ(listing_date(std::numeric_limits<std::time_t>::max(), now), "");
}

} // namespace
} // namespace nacre
