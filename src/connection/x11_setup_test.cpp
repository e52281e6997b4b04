#include "connection/x11_setup.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

constexpr std::string_view protocol = "MIT-MAGIC-COOKIE-1";
const ByteVector fake(16, 0xaa);
const ByteVector real(16, 0x55);

ByteVector setup(char order, const ByteVector& cookie, std::string_view name = protocol)
{
    ByteVector packet{static_cast<std::uint8_t>(order), 0};
    auto number = [&](std::size_t value) {
        auto high = static_cast<std::uint8_t>(value >> 8), low = static_cast<std::uint8_t>(value);
        packet.push_back(order == 'B' ? high : low);
        packet.push_back(order == 'B' ? low : high);
    };
    number(11);
    number(0);
    number(name.size());
    number(cookie.size());
    number(0);
    packet.insert(packet.end(), name.begin(), name.end());
    packet.resize((packet.size() + 3) & ~std::size_t{3});
    packet.insert(packet.end(), cookie.begin(), cookie.end());
    return packet;
}

TEST(X11Setup, GivesTheRealCookieForTheFalseOne)
{
    for (char order : {'B', 'l'}) {
        auto packet = setup(order, fake);
        packet.push_back('x');                                    // what follows is not touched
        auto wanted = setup(order, real);
        wanted.push_back('x');
        EXPECT_EQ(exchange_cookie(packet, protocol, fake, real), X11Verdict::accepted);
        EXPECT_EQ(packet, wanted);
    }
}

TEST(X11Setup, WaitsUntilTheCookieIsComplete)
{
    auto whole = setup('l', fake);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ByteVector part{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
        EXPECT_EQ(exchange_cookie(part, protocol, fake, real), X11Verdict::incomplete) << size;
    }
}

TEST(X11Setup, RefusesWhoeverDoesNotKnowTheCookie)
{
    ByteVector almost = fake;
    almost.back() ^= 1;
    for (auto packet : {setup('B', almost), setup('l', real), setup('B', ByteVector(15, 0xaa)), setup('B', {}, ""),
                        setup('B', fake, "XDM-AUTHORIZATION-"), setup('x', fake)})
        EXPECT_EQ(exchange_cookie(packet, protocol, fake, real), X11Verdict::refused);
}

} // namespace
} // namespace nacre
