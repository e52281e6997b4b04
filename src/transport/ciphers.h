// The table of ciphers (RFC 4253 §6.3, RFC 4344, RFC 5647 as OpenSSH uses it, chacha20-poly1305@openssh.com).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/secret.h"
#include "transport/packet_cipher.h"

namespace nacre {

struct Mac;

enum class Offered { by_default, when_named };                    // whether a row is in the default list

struct CipherKeys {
    Bytes key, iv, mac_key;                                       // of the sizes that the rows name
};

struct Cipher {
    std::string_view name;
    std::size_t key_size, iv_size, block_size;
    bool authenticates;                                           // AEAD: the negotiated MAC is ignored
    Offered offered;
    // `mac` is null for an AEAD.
    std::unique_ptr<PacketSealer> (*make_sealer)(const Cipher&, const Mac*, CipherKeys);
    std::unique_ptr<PacketOpener> (*make_opener)(const Cipher&, const Mac*, CipherKeys);
};

// What an attacker has to try: the three keys of 3DES are worth 112 bits together (meet in the middle).
constexpr std::size_t security_bits(const Cipher& row)
{
    bool triple_des = row.block_size == 8 && row.key_size == 24;
    return triple_des ? 112 : row.key_size * 8;
}

std::span<const Cipher> ciphers();                                // in order of preference
const Cipher* find_cipher(std::string_view name);

} // namespace nacre
