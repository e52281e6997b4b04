#include "keys/file_ciphers.h"

#include <array>

#include "base/secret.h"
#include "base/table.h"
#include "crypto/aes.h"
#include "crypto/cbc.h"
#include "crypto/chacha20.h"
#include "crypto/poly1305.h"

namespace nacre {

namespace {

void seal_ctr(const FileCipher&, Bytes key, Bytes iv, MutableBytes text, MutableBytes)
{
    AesCtr{key, iv}.apply(0, text);
}

bool open_ctr(const FileCipher&, Bytes key, Bytes iv, MutableBytes text, Bytes)
{
    AesCtr{key, iv}.apply(0, text);
    return true;
}

CbcCipher cbc_of(const FileCipher& cipher)
{
    if (cipher.block_size == 8)
        return CbcCipher::des_ede3;
    return cipher.key_size == 16 ? CbcCipher::aes128 : cipher.key_size == 24 ? CbcCipher::aes192 : CbcCipher::aes256;
}

void seal_cbc(const FileCipher& cipher, Bytes key, Bytes iv, MutableBytes text, MutableBytes)
{
    cbc_encrypt(cbc_of(cipher), key, iv, text);
}

bool open_cbc(const FileCipher& cipher, Bytes key, Bytes iv, MutableBytes text, Bytes)
{
    cbc_decrypt(cbc_of(cipher), key, iv, text);
    return true;
}

void seal_gcm(const FileCipher&, Bytes key, Bytes iv, MutableBytes text, MutableBytes tag)
{
    AesGcm{key}.seal(iv, {}, text, tag);
}

bool open_gcm(const FileCipher&, Bytes key, Bytes iv, MutableBytes text, Bytes tag)
{
    return AesGcm{key}.open(iv, {}, text, tag);
}

// As in packets (PROTOCOL.chacha20poly1305), with sequence number 0 and no length: only the first half of the key is
// used.
struct ChaChaPoly {
    static constexpr std::array<std::uint8_t, ChaCha20::nonce_size> nonce{};

    explicit ChaChaPoly(Bytes key) : cipher(key.first(ChaCha20::key_size))
    {
        cipher.seek(nonce, 0);
        cipher.apply(one_time_key.bytes());
        cipher.seek(nonce, 1);
    }

    ChaCha20 cipher;
    SecretBytes one_time_key{Poly1305::key_size};
};

void seal_chacha(const FileCipher&, Bytes key, Bytes, MutableBytes text, MutableBytes tag)
{
    ChaChaPoly state{key};
    state.cipher.apply(text);
    Poly1305{}.compute(state.one_time_key.bytes(), text, tag);
}

bool open_chacha(const FileCipher&, Bytes key, Bytes, MutableBytes text, Bytes tag)
{
    ChaChaPoly state{key};
    std::array<std::uint8_t, Poly1305::tag_size> expected;
    Poly1305{}.compute(state.one_time_key.bytes(), text, expected);
    if (!equal_in_constant_time(expected, tag))
        return false;
    state.cipher.apply(text);
    return true;
}

constexpr std::array ciphers{
    FileCipher{"aes256-ctr", 32, 16, 16, 0, seal_ctr, open_ctr},
    FileCipher{"aes192-ctr", 24, 16, 16, 0, seal_ctr, open_ctr},
    FileCipher{"aes128-ctr", 16, 16, 16, 0, seal_ctr, open_ctr},
    FileCipher{"aes256-gcm@openssh.com", 32, 12, 16, 16, seal_gcm, open_gcm},
    FileCipher{"aes128-gcm@openssh.com", 16, 12, 16, 16, seal_gcm, open_gcm},
    FileCipher{"chacha20-poly1305@openssh.com", 64, 0, 8, 16, seal_chacha, open_chacha},
    FileCipher{"aes256-cbc", 32, 16, 16, 0, seal_cbc, open_cbc},
    FileCipher{"aes192-cbc", 24, 16, 16, 0, seal_cbc, open_cbc},
    FileCipher{"aes128-cbc", 16, 16, 16, 0, seal_cbc, open_cbc},
    FileCipher{"3des-cbc", 24, 8, 8, 0, seal_cbc, open_cbc},
};

} // namespace

std::span<const FileCipher> file_ciphers() { return ciphers; }

const FileCipher* find_file_cipher(std::string_view name) { return find_by_name(ciphers, name); }

} // namespace nacre
