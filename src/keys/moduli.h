// Groups for Diffie-Hellman group exchange as moduli(5) lists them, one per line:
//
//     time type tests trials size generator modulus
//
// `size` is the number of bits less one; generator and modulus are hexadecimal.  Only safe primes
// (type 2) that passed some test and were not found composite are of use.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "crypto/random.h"

namespace nacre {

struct Modulus {
    std::uint32_t bits = 0;
    ByteVector generator, prime;                                  // big-endian, without leading zeros

    friend bool operator==(const Modulus&, const Modulus&) = default;
};

// Comments, malformed lines and what is no safe prime are passed over.  One of the others with the smallest size that is wanted or larger, or else with the largest, between the limits; among
// equals chance decides.
std::optional<Modulus> choose_modulus(std::string_view file, std::uint32_t min_bits, std::uint32_t wanted_bits,
                                      std::uint32_t max_bits, Random& random);

} // namespace nacre
