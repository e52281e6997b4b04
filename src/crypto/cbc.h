// Cipher block chaining (NIST SP 800-38A §6.2): of a whole text at once for key files, and chained over many texts
// for packets.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"

namespace nacre {

enum class CbcCipher { aes128, aes192, aes256, des_ede3 };

// In place; `text` is a whole number of blocks (16 bytes, DES: 8), key and iv of the cipher's size.
void cbc_encrypt(CbcCipher cipher, Bytes key, Bytes iv, MutableBytes text);
void cbc_decrypt(CbcCipher cipher, Bytes key, Bytes iv, MutableBytes text);

// One direction of one connection: each text goes on where the last one ended.
class CbcChain {
public:
    enum class Direction { encrypt, decrypt };

    CbcChain(CbcCipher cipher, Direction direction, Bytes key, Bytes iv);
    CbcChain(CbcChain&&) noexcept;
    CbcChain& operator=(CbcChain&&) noexcept;
    ~CbcChain();

    std::size_t block_size() const;
    void apply(MutableBytes text);                                // in place, whole blocks
    void look(MutableBytes text);                                 // as apply(), but the chain stays where it was …
    void go_on_after(Bytes ciphertext_block);                     // … until it is told

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace nacre
