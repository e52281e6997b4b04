// Where random bytes come from: the system, or a seed in tests.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace nacre {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(MutableBytes bytes) = 0;

    template <std::size_t N>
    std::array<std::uint8_t, N> bytes()
    {
        std::array<std::uint8_t, N> result;
        fill(result);
        return result;
    }
};

// libcrypto's generator, seeded by the kernel; safe across fork.
class SystemRandom final : public Random {
public:
    void fill(MutableBytes bytes) override;
};

} // namespace nacre
