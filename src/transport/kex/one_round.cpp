#include "transport/kex/one_round.h"

#include "base/buffer.h"

namespace nacre {

SecretBytes as_mpint(const SecretBytes& magnitude)
{
    Buffer encoded;
    Writer{encoded}.mpint(magnitude.bytes());
    return SecretBytes::copy_of(encoded.data());
}

SecretBytes as_string(const SecretBytes& bytes)
{
    Buffer encoded;
    Writer{encoded}.string(bytes.bytes());
    return SecretBytes::copy_of(encoded.data());
}

} // namespace nacre
