// A vector's message, written once and repeated "Repeat" times where the block says so.
#pragma once

#include <charconv>

#include "support/vectors.h"

namespace nacre::test {

inline std::uint64_t number(const VectorCase& vector, std::string_view name)
{
    auto& text = vector.text(name);
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

inline ByteVector repeated(const VectorCase& vector, std::string_view name)
{
    auto unit = vector.bytes(name);
    auto times = vector.has("Repeat") ? number(vector, "Repeat") : 1;
    ByteVector bytes;
    bytes.reserve(unit.size() * times);
    for (std::uint64_t i = 0; i < times; ++i)
        bytes.insert(bytes.end(), unit.begin(), unit.end());
    return bytes;
}

} // namespace nacre::test
