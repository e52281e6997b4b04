#include "wire/reader.h"

#include <fmt/format.h>

namespace nacre {

Bytes Reader::mpint()
{
    auto encoded = string();
    if (encoded.empty())
        return {};
    // RFC 4251 §5: two's complement, so a set top bit means negative, which no SSH message has;
    // "Unnecessary leading bytes with the value 0 or 255 MUST NOT be included."  Peers have sent
    // them all the same; the value is not in doubt, so zeros are tolerated.
    if (encoded[0] & 0x80) {
        reject();
        return {};
    }
    while (!encoded.empty() && encoded[0] == 0)
        encoded = encoded.subspan(1);
    return encoded;
}

Result<void> Reader::finish(std::string_view what) const
{
    if (failed_)
        return peer_misbehaved(fmt::format("{} is cut short or malformed", what));
    if (!rest_.empty())
        return peer_misbehaved(fmt::format("{} has {} bytes too many", what, rest_.size()));
    return {};
}

} // namespace nacre
