#include "wire/writer.h"

namespace nacre {

Writer& Writer::mpint(Bytes magnitude)
{
    while (!magnitude.empty() && magnitude[0] == 0)
        magnitude = magnitude.subspan(1);
    bool pad = !magnitude.empty() && (magnitude[0] & 0x80);
    u32(static_cast<std::uint32_t>(magnitude.size() + (pad ? 1 : 0)));
    if (pad)
        u8(0);
    return raw(magnitude);
}

} // namespace nacre
