// HMAC (RFC 2104): one key, many messages.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace nacre {

class Hmac {
public:
    Hmac(HashKind kind, Bytes key);
    Hmac(Hmac&&) noexcept;
    Hmac& operator=(Hmac&&) noexcept;
    ~Hmac();

    Hmac& update(Bytes bytes);
    // hash_size(kind) bytes; afterwards ready for the next message under the same key.
    void finish(MutableBytes tag);

private:
    struct State;
    std::unique_ptr<State> state_;
};

ByteVector hmac_of(HashKind kind, Bytes key, Bytes message);

} // namespace nacre
