// What encapsulation gives, whichever key-encapsulation mechanism it was.
//
// A mechanism is a class with the key pair inside, as hybrid key exchanges expect it:
//
//     explicit Kem(Random&);
//     Bytes public_key() const;
//     std::optional<SecretBytes> decapsulate(Bytes ciphertext) const;
//     static std::optional<Encapsulated> encapsulate(Bytes public_key, Random&);
//
// "Nothing" means that the peer's bytes cannot be what they claim to be.  A ciphertext that was
// tampered with is not noticed: it yields another secret than the sender's (implicit rejection).
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

namespace nacre {

struct Encapsulated {
    ByteVector ciphertext;
    SecretBytes secret;
};

} // namespace nacre
