// UMAC (RFC 4418) with tags of 8 or 16 bytes, from nettle: one key, many messages.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace nacre {

class Umac {
public:
    static constexpr std::size_t key_size = 16;

    Umac(std::size_t tag_size, Bytes key);                        // 8 or 16
    Umac(Umac&&) noexcept;
    Umac& operator=(Umac&&) noexcept;
    ~Umac();

    // `nonce`: 1 to 16 bytes, never twice the same for two messages under one key.
    void compute(Bytes nonce, Bytes message, MutableBytes tag);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace nacre
