// Primes for Diffie-Hellman groups: testing numbers, and sieving for candidates worth a test.
#pragma once

#include <cstdint>
#include <functional>

#include "base/bytes.h"

namespace nacre {

// Miller-Rabin with random bases; numbers are magnitudes, big-endian.
bool is_probably_prime(Bytes number, int rounds);

std::uint32_t remainder_of(Bytes number, std::uint32_t divisor);  // divisor: not zero
ByteVector doubled_plus_one(Bytes number);                        // q → 2q + 1
ByteVector half_of(Bytes number);                                 // p → (p - 1) / 2, for odd p

// Odd numbers q from `start` on (see random_start) for which neither q nor 2q + 1 has a small factor; most are still
// composite.  Looks at `window` numbers.
void sieve_sophie_germain(Bytes start, std::size_t window, const std::function<void(Bytes)>& on_candidate);

// A random odd number of exactly that many bits.
ByteVector random_start(std::uint32_t bits);

} // namespace nacre
