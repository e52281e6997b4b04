#include "connection/x11_setup.h"

#include <algorithm>

#include "base/contract.h"

namespace nacre {
namespace {

constexpr std::size_t head = 12;
constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

} // namespace

// byte order, a byte, version (2 × 16 bits), size of the name, size of the cookie, 16 bits; the name and the cookie, each
// filled up to four bytes
X11Verdict exchange_cookie(MutableBytes first_bytes, std::string_view protocol, Bytes fake, Bytes real)
{
    NACRE_EXPECTS(fake.size() == real.size());
    if (first_bytes.size() < head)
        return X11Verdict::incomplete;
    if (first_bytes[0] != 'B' && first_bytes[0] != 'l')
        return X11Verdict::refused;
    auto number = [&](std::size_t at) {
        std::size_t first = first_bytes[at], second = first_bytes[at + 1];
        return first_bytes[0] == 'B' ? first << 8 | second : second << 8 | first;
    };
    if (number(6) != protocol.size() || number(8) != fake.size())
        return X11Verdict::refused;
    auto cookie_at = head + padded(protocol.size());
    if (first_bytes.size() < cookie_at + padded(fake.size()))
        return X11Verdict::incomplete;
    auto cookie = first_bytes.subspan(cookie_at, fake.size());
    if (as_text(first_bytes.subspan(head, protocol.size())) != protocol || !equal_in_constant_time(cookie, fake))
        return X11Verdict::refused;
    std::ranges::copy(real, cookie.begin());
    return X11Verdict::accepted;
}

} // namespace nacre
