// Polynomials modulo 8380417 and x^256 + 1, as ML-DSA computes with them (FIPS 204 §2.3, §7).
//
// Arithmetic takes the same time whatever the values are; sampling by rejection takes a time that
// tells only what was thrown away.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace nacre::mldsa {

constexpr std::int32_t q = 8380417;
constexpr std::size_t degree = 256;
constexpr unsigned dropped_bits = 13;                             // d
constexpr std::int32_t gamma_1 = 1 << 17;
constexpr std::int32_t gamma_2 = (q - 1) / 88;

struct Polynomial {
    std::array<std::int32_t, degree> c{};
};

// Reduced means: every coefficient in [0, q).  Small numbers of either sign are taken as they are.
void to_ntt(Polynomial& a);                                       // Algorithm 41; |c| < q in, reduced out
void from_ntt(Polynomial& a);                                     // Algorithm 42, times 2^32; reduced in and out
void add(Polynomial& a, const Polynomial& b);                     // |c| < q in, reduced out
void subtract(Polynomial& a, const Polynomial& b);
// Of the NTT domain, over 2^32: from_ntt() takes that factor away.  Reduced in and out.
Polynomial multiply(const Polynomial& a, const Polynomial& b);
void add_product(Polynomial& sum, const Polynomial& a, const Polynomial& b);

// All ones if a coefficient (reduced; taken from -q/2 to q/2) is `bound` or more away from zero, else zero.
std::int32_t reaches(const Polynomial& a, std::int32_t bound);

// Algorithm 35: a = high * 2^d + low.
void power_2_round(Polynomial& high, Polynomial& low, const Polynomial& a);
// Algorithms 36 to 40, for gamma_2.  Reduced in.
Polynomial high_bits(const Polynomial& a);
Polynomial low_bits(const Polynomial& a);                         // reduced
std::int32_t make_hint(Polynomial& hint, const Polynomial& a, const Polynomial& b);   // where high bits differ; how often
Polynomial use_hint(const Polynomial& hint, const Polynomial& a);

// Numbers of so many bits, least significant first (Algorithms 16 to 19); the caller's lambda says which.
template <unsigned bits, class Number>
void pack(MutableBytes out, Number&& number)
{
    std::uint64_t pending = 0;
    unsigned count = 0;
    std::size_t at = 0;
    for (std::size_t n = 0; n < degree; ++n) {
        pending |= std::uint64_t{number(n)} << count;
        for (count += bits; count >= 8; count -= 8, pending >>= 8)
            out[at++] = static_cast<std::uint8_t>(pending);
    }
}

template <unsigned bits, class Take>
void unpack(Bytes in, Take&& take)
{
    std::uint64_t pending = 0;
    unsigned count = 0;
    std::size_t at = 0;
    for (std::size_t n = 0; n < degree; ++n) {
        for (; count < bits; count += 8)
            pending |= std::uint64_t{in[at++]} << count;
        take(n, static_cast<std::int32_t>(pending & ((1u << bits) - 1)));
        pending >>= bits;
        count -= bits;
    }
}

// Algorithm 30, up to four polynomials at once, each from seed || column || row.
struct MatrixEntry {
    Polynomial* polynomial;
    std::uint8_t column, row;
};
void sample_uniform(std::span<const MatrixEntry> entries, Bytes seed);
void sample_small(Polynomial& a, Bytes seed, std::uint16_t number);       // Algorithm 31, eta = 2
void sample_mask(Polynomial& a, Bytes seed, std::uint16_t number);        // Algorithm 34, one polynomial
Polynomial sample_challenge(Bytes seed);                          // Algorithm 29

} // namespace nacre::mldsa
