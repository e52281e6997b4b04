// Streamlined NTRU Prime 761 (NIST round 3 submission "NTRU Prime", 2020; sntrup761 in SSH).
//
// Times depend on no secret but one: key generation draws a new polynomial when the first one has
// no inverse modulo 3, and tells nothing by that of the one that it takes.
#pragma once

#include <memory>
#include <optional>

#include "crypto/kem.h"
#include "crypto/random.h"

namespace nacre {

// The receiver's key pair.
class Sntrup761 {
public:
    static constexpr std::size_t public_key_size = 1158;
    static constexpr std::size_t ciphertext_size = 1007 + 32;

    explicit Sntrup761(Random& random);
    Sntrup761(Sntrup761&&) noexcept;
    Sntrup761& operator=(Sntrup761&&) noexcept;
    ~Sntrup761();

    Bytes public_key() const { return public_key_; }
    SecretBytes private_key() const;                              // as the submission writes it, 1763 bytes
    // Nothing when the length is wrong; a false ciphertext gives a secret that nobody else knows.
    std::optional<SecretBytes> decapsulate(Bytes ciphertext) const;

    // Nothing when the length is wrong; all keys of that length are possible.
    static std::optional<Encapsulated> encapsulate(Bytes public_key, Random& random);

private:
    struct State;
    std::unique_ptr<State> state_;
    std::array<std::uint8_t, public_key_size> public_key_;
};

} // namespace nacre
