// ChaCha20 in its original layout: 64-bit block counter, 64-bit nonce (RFC 8439 §2.3 narrows
// the counter to 32 bits and widens the nonce; the blocks are the same).
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace nacre {

class ChaCha20 {
public:
    static constexpr std::size_t key_size = 32;
    static constexpr std::size_t nonce_size = 8;
    static constexpr std::size_t block_size = 64;

    explicit ChaCha20(Bytes key);
    ChaCha20(ChaCha20&&) noexcept;
    ChaCha20& operator=(ChaCha20&&) noexcept;
    ~ChaCha20();

    // Goes to a block of a nonce's key stream …
    void seek(Bytes nonce, std::uint64_t block);
    // … and encrypts or decrypts from there on; the next call continues.
    void apply(MutableBytes bytes);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace nacre
