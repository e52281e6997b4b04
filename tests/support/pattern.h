// Bytes whose place can be told: what is lost, doubled or swapped on the way shows.
#pragma once

#include "base/bytes.h"

namespace nacre::test {

inline ByteVector pattern(std::size_t size)
{
    ByteVector bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    return bytes;
}

} // namespace nacre::test
