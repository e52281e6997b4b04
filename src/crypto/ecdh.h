// Diffie-Hellman on the NIST curves (SEC 1 §3.3.1): one side's key pair of one key agreement.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace nacre {

enum class EcdhCurve { nistp256, nistp384, nistp521 };

std::size_t ecdh_field_size(EcdhCurve curve);                     // bytes of a coordinate, and of a result

class EcdhKey {
public:
    EcdhKey(EcdhCurve curve, Random& random);
    // Nothing when the number is not in [1, n - 1].
    static std::optional<EcdhKey> from_private(EcdhCurve curve, SecretBytes private_key);

    Bytes public_key() const { return public_key_; }              // uncompressed point: 04, x, y
    // The x coordinate, with its leading zeros.  Nothing unless the peer sent an uncompressed point of the curve, not
    // infinity (the curves' cofactor is 1, so that is all there is to check).
    std::optional<SecretBytes> agree(Bytes peer_public) const;

private:
    EcdhKey(EcdhCurve curve, SecretBytes private_key);

    EcdhCurve curve_;
    SecretBytes private_key_;
    ByteVector public_key_;
};

} // namespace nacre
