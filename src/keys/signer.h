// A key that can sign, wherever its private half lies: in memory, in an agent, behind another process.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "keys/private_key.h"
#include "keys/public_key.h"

namespace nacre {

// A public key and a way to sign with it.
struct Signer {
    PublicKey key;                                                // may be a certificate
    std::string name{};                                           // for people: a path or a comment
    // Makes a signature blob of that algorithm over the data.
    std::function<Result<ByteVector>(std::string_view algorithm, Bytes data)> sign{};
    bool signs_freely = false;                                    // nobody is asked for a passphrase or a touch
};

// Signs with a key in memory, which lives as long as the last copy of the signer.
Signer signer_of(PrivateKey key, std::string name = {});

} // namespace nacre
