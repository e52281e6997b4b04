// Big-endian numbers as they lie in memory, written in one store.
//
// Libraries load nonces sixteen bytes at a time; a load that spans several fresh stores waits
// until they have left the processor's store buffer, which costs as much as encrypting a
// small packet.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace nacre {

constexpr std::uint64_t big_endian(std::uint64_t value)
{
    return std::endian::native == std::endian::big ? value : __builtin_bswap64(value);
}

constexpr std::array<std::uint8_t, 8> big_endian_bytes(std::uint64_t value)
{
    return std::bit_cast<std::array<std::uint8_t, 8>>(big_endian(value));
}

constexpr std::array<std::uint8_t, 16> big_endian_bytes(std::uint64_t high, std::uint64_t low)
{
    return std::bit_cast<std::array<std::uint8_t, 16>>(std::array{big_endian(high), big_endian(low)});
}

} // namespace nacre
