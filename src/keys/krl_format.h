// Inside keys/ only: the numbers of the KRL format.
#pragma once

#include <array>
#include <cstdint>

namespace nacre::krl {

inline constexpr std::array<std::uint8_t, 8> magic{'S', 'S', 'H', 'K', 'R', 'L', '\n', 0};
inline constexpr std::uint32_t format_version = 1;

enum class Section : std::uint8_t { certificates = 1, keys = 2, sha1 = 3, signature = 4, sha256 = 5, extension = 255 };

// Inside Section::certificates.
enum class Part : std::uint8_t { serial_list = 0x20, serial_range = 0x21, serial_bitmap = 0x22, key_id = 0x23, extension = 0x39 };

} // namespace nacre::krl
