#include "crypto/primes.h"

#include <gtest/gtest.h>

namespace nacre {

TEST(Primes, TellsPrimesFromComposites)
{
    for (std::uint8_t prime : ByteVector{2, 3, 5, 23, 251})
        EXPECT_TRUE(is_probably_prime(Bytes{&prime, 1}, 8)) << unsigned{prime};
    for (std::uint8_t composite : ByteVector{0, 1, 4, 9, 15, 221, 255})
        EXPECT_FALSE(is_probably_prime(Bytes{&composite, 1}, 8)) << unsigned{composite};
    const ByteVector carmichael{0x02, 0x31};                      // 561
    EXPECT_FALSE(is_probably_prime(carmichael, 8));
}

TEST(Primes, DoublesAndHalves)
{
    const ByteVector number{0x80, 0x01};
    EXPECT_EQ(doubled_plus_one(number), (ByteVector{0x01, 0x00, 0x03}));
    EXPECT_EQ(half_of(doubled_plus_one(number)), number);
    EXPECT_EQ(remainder_of(number, 10), 9u);
}

TEST(Primes, TheSieveLosesNoSophieGermainPrime)
{
    // Above the square of no small prime: numbers of 48 bits, each tested the slow way.
    auto start = random_start(48);
    constexpr std::size_t window = 3000;
    std::size_t candidates = 0, primes = 0, expected = 0;
    sieve_sophie_germain(start, window, [&](Bytes q) {
        ++candidates;
        primes += is_probably_prime(q, 8) && is_probably_prime(doubled_plus_one(q), 8);
    });
    std::uint64_t q = 0;
    for (auto byte : start)
        q = q << 8 | byte;
    for (std::size_t i = 0; i < window; ++i, q += 2) {
        ByteVector bytes;
        for (int shift = 56; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(q >> shift));
        expected += is_probably_prime(bytes, 8) && is_probably_prime(doubled_plus_one(bytes), 8);
    }
    EXPECT_EQ(primes, expected);
    EXPECT_LT(candidates, window / 5);
}

} // namespace nacre
