// From the shared secret to the six keys (RFC 4253 §7.2).
#pragma once

#include <memory>

#include "base/secret.h"
#include "crypto/hash.h"
#include "transport/compressions.h"
#include "transport/packet_cipher.h"
#include "transport/proposal.h"

namespace nacre {

struct KeyMaterial {
    HashKind hash;
    Bytes shared_secret;                                          // K, encoded
    Bytes exchange_hash;                                          // H
    Bytes session_id;                                             // the first H
};

enum class Direction { client_to_server, server_to_client };

std::unique_ptr<PacketSealer> make_sealer(const DirectionAlgorithms&, Direction, const KeyMaterial&);
std::unique_ptr<PacketOpener> make_opener(const DirectionAlgorithms&, Direction, const KeyMaterial&);

// K1 = HASH(K || H || X || session_id), K2 = HASH(K || H || K1), …: `size` bytes for the letter X.
SecretBytes derive_key(const KeyMaterial&, char letter, std::size_t size);

} // namespace nacre
