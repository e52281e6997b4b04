// AES-GCM (NIST SP 800-38D) sixteen blocks at a time, in 512-bit vectors.
//
// For processors with VAES, VPCLMULQDQ and AVX-512, which libcrypto 3.0 does not use: three to
// five times its speed, which is a quarter of all that bulk data costs.  Everywhere else
// AesGcm (crypto/aes.h) leaves the work to libcrypto; nobody but AesGcm needs this header.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace nacre {

class WideAesGcm {
public:
    static bool is_supported();                                   // by this processor

    explicit WideAesGcm(Bytes key);                               // 16, 24 or 32 bytes; only where is_supported()
    WideAesGcm(const WideAesGcm&) = default;
    WideAesGcm& operator=(const WideAesGcm&) = default;
    ~WideAesGcm();

    // As AesGcm's: nonce of 12 bytes, text in place, tag of 16.
    void seal(Bytes nonce, Bytes associated, MutableBytes text, MutableBytes tag) const;
    [[nodiscard]] bool open(Bytes nonce, Bytes associated, MutableBytes text, Bytes tag) const;

    using Block = std::array<std::uint8_t, 16>;
    static constexpr std::size_t most_rounds = 14;
    static constexpr std::size_t group = 16;                      // blocks that share one reduction

    // What is computed from the key, once.
    struct alignas(64) Schedule {
        std::array<Block, most_rounds + 1> round_keys;            // FIPS 197 §5.2
        std::array<Block, 2 * group> powers;                       // H^16 … H, times x, as numbers; then zeros to load past
        std::size_t rounds;
    };

private:
    Schedule schedule_;
};

} // namespace nacre
