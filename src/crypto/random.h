// Where random bytes come from: the system, or a seed in tests.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace nacre {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(MutableBytes bytes) = 0;                    // every byte

    template <std::size_t N>
    std::array<std::uint8_t, N> bytes()                           // an array of random bytes
    {
        std::array<std::uint8_t, N> result;
        fill(result);
        return result;
    }
};

// The kernel's generator, by getrandom(2); safe across fork.  Not libcrypto's: its first use costs a process
// most of a millisecond and some 60 KiB of tables, 230 KiB as libcrypto comes.
//
// Small requests (padding, cookies) come out of a buffer that is filled a few KiB at a time; what was handed out is
// wiped.  One object belongs to one thread.
class SystemRandom final : public Random {
public:
    SystemRandom() = default;
    SystemRandom(const SystemRandom&) = delete;
    SystemRandom& operator=(const SystemRandom&) = delete;
    ~SystemRandom() override;

    void fill(MutableBytes bytes) override;

private:
    void refill();

    std::array<std::uint8_t, 4096> buffer_;
    std::size_t left_ = 0;                                        // unused bytes, at the buffer's end
    std::uint64_t process_ = 0;                                   // how many forks away from the first process
};

} // namespace nacre
