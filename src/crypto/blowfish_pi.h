// Inside crypto/ only: the digits of pi that Blowfish starts from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nacre {

inline constexpr std::size_t blowfish_p_words = 18;
inline constexpr std::size_t blowfish_s_words = 4 * 256;

extern const std::array<std::uint32_t, blowfish_p_words + blowfish_s_words> pi_fraction;

} // namespace nacre
