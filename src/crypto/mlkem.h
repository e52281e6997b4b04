// ML-KEM (FIPS 203), the module-lattice key encapsulation: parameter sets ML-KEM-768 and ML-KEM-1024.
//
// Times depend on no secret: the matrix is public, everything else is free of branches and
// indices that a secret decides.
#pragma once

#include <memory>
#include <optional>

#include "crypto/kem.h"
#include "crypto/random.h"

namespace nacre {

// The receiver's key pair.  Rank 3 is ML-KEM-768, rank 4 is ML-KEM-1024.
template <std::size_t rank>
class MlKem {
    static_assert(rank == 3 || rank == 4);

public:
    static constexpr std::size_t public_key_size = 384 * rank + 32;
    static constexpr std::size_t ciphertext_size = rank == 3 ? 1088 : 1568;
    static constexpr std::size_t secret_size = 32;
    static constexpr std::size_t seed_size = 64;                  // d || z
    static constexpr std::size_t message_size = 32;

    explicit MlKem(Random& random);
    explicit MlKem(const SecretBytes& seed);                      // Algorithm 16
    MlKem(MlKem&&) noexcept;
    MlKem& operator=(MlKem&&) noexcept;
    ~MlKem();

    Bytes public_key() const { return public_key_; }              // the encapsulation key
    SecretBytes private_key() const;                              // the decapsulation key as the standard writes it
    // Algorithm 21.  Nothing when the length is wrong; a false ciphertext gives a secret that nobody else knows.
    std::optional<SecretBytes> decapsulate(Bytes ciphertext) const;

    // Algorithm 20.  Nothing when the key fails the checks of §7.2: its length, and that its numbers are below q.
    static std::optional<Encapsulated> encapsulate(Bytes public_key, Random& random);
    static std::optional<Encapsulated> encapsulate(Bytes public_key, const SecretBytes& message);   // Algorithm 17

private:
    struct State;
    std::unique_ptr<State> state_;
    std::array<std::uint8_t, public_key_size> public_key_;
};

using MlKem768 = MlKem<3>;
using MlKem1024 = MlKem<4>;

} // namespace nacre
