// Cipher block chaining (NIST SP 800-38A §6.2) of a whole text at once, for key files.
#pragma once

#include "base/bytes.h"

namespace nacre {

enum class CbcCipher { aes128, aes192, aes256, des_ede3 };

// In place; `text` is a whole number of blocks (16 bytes, DES: 8), key and iv of the cipher's size.
void cbc_encrypt(CbcCipher cipher, Bytes key, Bytes iv, MutableBytes text);
void cbc_decrypt(CbcCipher cipher, Bytes key, Bytes iv, MutableBytes text);

} // namespace nacre
