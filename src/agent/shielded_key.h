// Private keys at rest: encrypted, so that a look at some of our memory is not enough to have them.
//
// The encryption key is the hash of a long random run of bytes; whoever reads memory by a side
// channel, with errors, needs all of it.  A key that was used stays open until close().
#pragma once

#include <optional>

#include "base/secret.h"
#include "crypto/random.h"
#include "keys/private_key.h"

namespace nacre::agent {

class Shield {
public:
    explicit Shield(Random& random);
    Shield(const Shield&) = delete;
    Shield& operator=(const Shield&) = delete;

private:
    friend class ShieldedKey;
    void apply(Bytes nonce, MutableBytes bytes) const;            // encrypts and decrypts

    Random& random_;
    SecretBytes pre_key_;
};

class ShieldedKey {
public:
    ShieldedKey(const PrivateKey& key, const Shield& shield);
    ShieldedKey(ShieldedKey&&) noexcept = default;
    ShieldedKey& operator=(ShieldedKey&&) noexcept = default;

    Result<const PrivateKey*> open(const Shield& shield);
    void close() { opened_.reset(); }
    bool is_open() const { return opened_.has_value(); }

private:
    ByteVector nonce_;
    SecretBytes encrypted_;
    std::optional<PrivateKey> opened_;
};

} // namespace nacre::agent
