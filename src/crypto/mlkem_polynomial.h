// Polynomials modulo 3329 and x^256 + 1, as ML-KEM computes with them (FIPS 203 §2.3, §4.2, §4.3).
//
// Coefficients lie in 16 blocks of 16.  In the NTT domain the square of blocks is transposed: the
// coefficient 16b + r of the standard lies at 16r + b.  All butterflies and products then go over
// whole blocks, which is one vector instruction per operation.
//
// Everything here takes the same time whatever the values are, but for sampling the public matrix.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace nacre::mlkem {

constexpr std::int16_t q = 3329;
constexpr std::size_t degree = 256;
constexpr std::size_t seed_size = 32;
constexpr std::size_t polynomial_size = 384;                      // encoded, 12 bits per coefficient

struct alignas(32) Polynomial {
    std::array<std::int16_t, degree> c;
};

// Reduced means: every coefficient in [0, q).
void to_ntt(Polynomial& a);                                       // Algorithm 9; any |c| <= q in, reduced out
void from_ntt(Polynomial& a);                                     // Algorithm 10, times 2^16; reduced in and out
void add(Polynomial& a, const Polynomial& b);                     // reduced result
void subtract(Polynomial& a, const Polynomial& b);                // reduced result

// Sum of products in the NTT domain (Algorithms 11 and 12), over 2^16: from_ntt() takes that factor away, and so
// does times_2_16().  Reduced in and out.
void dot_product(Polynomial& sum, std::span<const Polynomial* const> a, const Polynomial* b);
void times_2_16(Polynomial& a);

// In the standard's order, ByteEncode_12 and ByteDecode_12 (Algorithms 5 and 6) of the NTT domain.
void encode_ntt(MutableBytes out, const Polynomial& a);
// False when a number is not below q (§7.2, "modulus check").
[[nodiscard]] bool decode_ntt(Polynomial& a, Bytes encoded);

// ByteEncode_d(Compress_d(a)) and the way back (§4.2.1); bytes: 32 d.
template <unsigned d>
void compress(MutableBytes out, const Polynomial& a);
template <unsigned d>
void decompress(Polynomial& a, Bytes encoded);

// Algorithm 7 for up to four entries of the matrix at once, each from seed || index bytes.
struct MatrixEntry {
    Polynomial* polynomial;
    std::uint8_t column, row;                                     // as they follow the seed
};
void sample_uniform(std::span<const MatrixEntry> entries, Bytes seed);
// Algorithm 8 with eta = 2, for up to four polynomials at once, of PRF(seed, nonce), PRF(seed, nonce + 1) …
void sample_noise(std::span<Polynomial* const> polynomials, Bytes seed, std::uint8_t nonce);

} // namespace nacre::mlkem
