// What the rows of the cipher table point to; each family lives in ciphers/.
#pragma once

#include "transport/ciphers.h"

namespace nacre {

std::unique_ptr<PacketSealer> make_chacha20_poly1305_sealer(const Cipher&, const Mac*, CipherKeys);
std::unique_ptr<PacketOpener> make_chacha20_poly1305_opener(const Cipher&, const Mac*, CipherKeys);

std::unique_ptr<PacketSealer> make_aes_gcm_sealer(const Cipher&, const Mac*, CipherKeys);
std::unique_ptr<PacketOpener> make_aes_gcm_opener(const Cipher&, const Mac*, CipherKeys);

// AES-CTR with any MAC, encrypt-then-MAC or not.
std::unique_ptr<PacketSealer> make_cipher_and_mac_sealer(const Cipher&, const Mac*, CipherKeys);
std::unique_ptr<PacketOpener> make_cipher_and_mac_opener(const Cipher&, const Mac*, CipherKeys);

// AES-CBC and 3DES-CBC with any MAC, encrypt-then-MAC or not.
std::unique_ptr<PacketSealer> make_cbc_and_mac_sealer(const Cipher&, const Mac*, CipherKeys);
std::unique_ptr<PacketOpener> make_cbc_and_mac_opener(const Cipher&, const Mac*, CipherKeys);

} // namespace nacre
