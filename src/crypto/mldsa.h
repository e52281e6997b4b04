// ML-DSA-44 (FIPS 204), the module-lattice signature.
//
// Signing draws until a signature gives nothing of the key away; how often tells nothing either.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace nacre {

class MlDsa44 {
public:
    static constexpr std::size_t seed_size = 32;
    static constexpr std::size_t public_key_size = 1312;
    static constexpr std::size_t private_key_size = 2560;
    static constexpr std::size_t signature_size = 2420;
    static constexpr std::size_t longest_context = 255;

    explicit MlDsa44(const SecretBytes& seed);                    // Algorithm 6
    MlDsa44(MlDsa44&&) noexcept;
    MlDsa44& operator=(MlDsa44&&) noexcept;
    ~MlDsa44();

    Bytes public_key() const { return public_key_; }
    SecretBytes private_key() const;                              // as the standard writes it
    // Algorithm 2, hedged by `random`.
    ByteVector sign(Bytes message, Bytes context, Random& random) const;
    // The same with the random bytes given: 32, all zero for the deterministic variant.
    ByteVector sign_with(Bytes message, Bytes context, Bytes randomness) const;

    // Algorithm 3.  False for wrong lengths too.
    [[nodiscard]] static bool verify(Bytes public_key, Bytes message, Bytes context, Bytes signature);

private:
    struct State;
    std::unique_ptr<State> state_;
    std::array<std::uint8_t, public_key_size> public_key_;
};

} // namespace nacre
