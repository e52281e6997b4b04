// AES in the two modes that packets use, in place: CTR (NIST SP 800-38A) and GCM (SP 800-38D).
//
// Contexts are made once per key and re-used for every packet: the key schedule is what costs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace nacre {

constexpr std::size_t aes_block_size = 16;
using AesBlock = std::array<std::uint8_t, aes_block_size>;

// A key stream that may be entered at any block.  Going on where the last call ended costs least.
class AesCtr {
public:
    AesCtr(Bytes key, Bytes iv);                                  // 16, 24 or 32 bytes; 16
    AesCtr(AesCtr&&) noexcept;
    AesCtr& operator=(AesCtr&&) noexcept;
    ~AesCtr();

    // Encrypts or decrypts the bytes that lie `offset` (a multiple of 16) after the start of the stream.
    void apply(std::uint64_t offset, MutableBytes bytes);
    // The key stream's block at `offset`; apply()'s place in the stream is not touched.
    AesBlock block(std::uint64_t offset);

private:
    struct State;
    std::unique_ptr<State> state_;
};

class AesGcm {
public:
    static constexpr std::size_t nonce_size = 12;
    static constexpr std::size_t tag_size = 16;

    explicit AesGcm(Bytes key);                                   // 16, 24 or 32 bytes
    AesGcm(AesGcm&&) noexcept;
    AesGcm& operator=(AesGcm&&) noexcept;
    ~AesGcm();

    void seal(Bytes nonce, Bytes associated, MutableBytes text, MutableBytes tag);
    // False when the tag is wrong: `text` is then worthless.
    [[nodiscard]] bool open(Bytes nonce, Bytes associated, MutableBytes text, Bytes tag);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace nacre
