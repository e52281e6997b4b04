// Randomness that repeats: the same seed gives the same bytes, on every machine.
#pragma once

#include <cstdint>

#include "crypto/random.h"

namespace nacre::test {

class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

    void fill(MutableBytes bytes) override
    {
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(next());
    }
    std::uint64_t next()                                          // splitmix64
    {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }
    bool one_in(std::uint64_t n) { return below(n) == 0; }

private:
    std::uint64_t state_;
};

} // namespace nacre::test
