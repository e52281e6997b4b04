// How Streamlined NTRU Prime writes polynomials down (round 3 submission, §3.4 "Encode" and "Decode").
#pragma once

#include "base/bytes.h"
#include "crypto/sntrup761_ring.h"

namespace nacre::sntrup761 {

constexpr std::size_t small_size = 191;                           // two bits per coefficient
constexpr std::size_t public_size = 1158;                         // any coefficients modulo 4591
constexpr std::size_t rounded_size = 1007;                        // multiples of three only

void encode_small(MutableBytes out, const Polynomial& a);
void encode(MutableBytes out, const Polynomial& a);
void encode_rounded(MutableBytes out, const Polynomial& a);

// Every string of the right length is some polynomial; the time depends on what is read, which everybody may see.
Polynomial decode(Bytes encoded);
Polynomial decode_rounded(Bytes encoded);

} // namespace nacre::sntrup761
