// HMAC with SHA-256 (RFC 2104, FIPS 180-4) of two messages at once.
//
// A processor's instructions for SHA-256 wait for one another: what one round gives is what the next begins with.  A second
// message beside the first uses the time in which one waits, so that two cost little more than one.  Only where the processor
// has these instructions; everywhere else, and for one message, there is Hmac (crypto/hmac.h).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace nacre {

class HmacSha256Pair {
public:
    static constexpr std::size_t tag_size = 32;
    static constexpr std::size_t block_size = 64;

    static bool is_supported();                                   // by this processor

    explicit HmacSha256Pair(Bytes key);                           // at most block_size bytes; only where is_supported()
    HmacSha256Pair(const HmacSha256Pair&) = default;
    HmacSha256Pair& operator=(const HmacSha256Pair&) = default;
    ~HmacSha256Pair();

    struct Message {                                              // head and body, one behind the other
        std::array<std::uint8_t, 4> head;
        Bytes body;
        MutableBytes tag;                                         // tag_size bytes, to be filled
    };
    void compute(const Message& first, const Message& second) const;

    // The eight words in the order in which the instructions have them: f e b a, h g d c.
    struct alignas(16) State {
        std::array<std::uint32_t, 8> words;
    };

private:
    State inner_, outer_;                                         // after the key's block
};

} // namespace nacre
