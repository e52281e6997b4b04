// Finite-field Diffie-Hellman modulo a safe prime: one side's key pair of one key agreement.
//
// The groups of RFC 3526, and the second of RFC 2409 (for devices that know no other), are built in; others (RFC 4419) come as numbers.  All numbers are
// big-endian magnitudes.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace nacre {

struct DhGroup {
    Bytes prime, generator;
};

enum class Modp { group1, group14, group16, group18 };            // 1024, 2048, 4096, 8192 bits

DhGroup modp_group(Modp group);

constexpr std::size_t dh_min_bits = 2048;
constexpr std::size_t dh_max_bits = 8192;

class DhKey {
public:
    // Nothing when the group cannot be used: an even prime, or one below dh_min_bits or above dh_max_bits, or a generator
    // outside [2, p - 2].  Whether the prime is one is not tested.
    static std::optional<DhKey> generate(DhGroup group, Random& random);
    static DhKey generate(Modp group, Random& random);

    Bytes public_key() const { return public_key_; }              // without leading zeros
    // y^x mod p without leading zeros.  Nothing unless 1 < y < p - 1 (RFC 4253 §8; p - 1 has order 2) and the result is
    // not 1.
    std::optional<SecretBytes> agree(Bytes peer_public) const;

private:
    DhKey() = default;
    static std::optional<DhKey> make(DhGroup group, std::size_t min_bits, Random& random);

    ByteVector prime_;
    SecretBytes private_key_;
    ByteVector public_key_;
};

} // namespace nacre
