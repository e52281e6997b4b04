#include "keys/signer.h"

#include <memory>
#include <utility>

namespace nacre {

Signer signer_of(PrivateKey key, std::string name)
{
    auto shared = std::make_shared<const PrivateKey>(std::move(key));
    return {.key = shared->public_key(),
            .name = std::move(name),
            .sign = [shared](std::string_view algorithm, Bytes data) { return shared->sign(algorithm, data); },
            .signs_freely = true};
}

} // namespace nacre
