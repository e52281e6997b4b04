// X25519 (RFC 7748): one side's key pair of one key agreement.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace nacre {

class X25519Key {
public:
    static constexpr std::size_t size = 32;                       // of private keys, public keys and results

    explicit X25519Key(Random& random);
    explicit X25519Key(const SecretBytes& private_key);
    X25519Key(X25519Key&&) noexcept;
    X25519Key& operator=(X25519Key&&) noexcept;
    ~X25519Key();

    Bytes public_key() const { return public_key_; }
    // Nothing when the peer's value has the wrong length or makes the result zero (RFC 7748 §6.1).
    std::optional<SecretBytes> agree(Bytes peer_public) const;

private:
    struct State;
    std::unique_ptr<State> state_;
    std::array<std::uint8_t, size> public_key_{};
};

} // namespace nacre
