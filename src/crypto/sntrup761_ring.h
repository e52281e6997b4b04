// Polynomials modulo x^761 - x - 1, with coefficients modulo 4591 or modulo 3: the arithmetic of
// Streamlined NTRU Prime (NIST round 3 submission "NTRU Prime", 2020, §3.2).
//
// Everything takes the same time whatever the coefficients are.  "Reduced" means the
// representative nearest to zero: -2295 … 2295, or -1 … 1 ("small").
#pragma once

#include <array>
#include <cstdint>

namespace nacre::sntrup761 {

constexpr std::int16_t q = 4591;
constexpr std::size_t p = 761;
constexpr std::size_t padded = 768;                               // whole vectors; the coefficients from p on are zero

struct alignas(32) Polynomial {
    std::array<std::int16_t, padded> c{};
};

constexpr std::int16_t narrow(int value) { return static_cast<std::int16_t>(value); }

// For |a| below 9000: the multiple of three is exact there.
constexpr std::int16_t reduce_3(std::int16_t a) { return narrow(a - 3 * narrow((10923 * a + 16384) >> 15)); }

Polynomial multiply(const Polynomial& a, const Polynomial& small);          // modulo 4591; reduced in and out
Polynomial multiply_3(const Polynomial& small_a, const Polynomial& small_b);   // modulo 3
Polynomial times_3(const Polynomial& a);                          // modulo 4591; reduced in and out
Polynomial modulo_3(const Polynomial& a);
// Each coefficient to the nearest multiple of three.
Polynomial rounded(const Polynomial& a);

// 1 / (3 a) modulo 4591; `a` is small and not zero (the polynomial is irreducible, so there is an inverse).
Polynomial reciprocal_of_3_times(const Polynomial& small);
// 1 / a modulo 3.  False when there is none.
[[nodiscard]] bool reciprocal_3(Polynomial& result, const Polynomial& small);

} // namespace nacre::sntrup761
