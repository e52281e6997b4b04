#include "server/source_network.h"

#include <algorithm>

#include "base/address.h"

namespace nacre {

std::string source_network(const std::string& text, const NetBlockSize& block)
{
    auto parsed = parse_address(text);
    if (!parsed)
        return text;
    auto address = without_mapping(*parsed);
    auto bits = address.family == IpFamily::v4 ? block.ipv4 : block.ipv6;
    for (std::size_t i = 0; i < address.bytes.size(); ++i) {
        auto kept = bits > i * 8 ? std::min<std::size_t>(bits - i * 8, 8) : 0;
        address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xff00 >> kept));
    }
    address.scope.clear();
    return to_text(address);
}

} // namespace nacre
