// Inside keys/ only: the ciphers of "openssh-key-v1" files, one row each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace nacre {

struct FileCipher {
    std::string_view name;
    std::size_t key_size;
    std::size_t iv_size;
    std::size_t block_size;
    std::size_t tag_size;                                         // 0 where nothing is authenticated

    void (*seal)(const FileCipher& cipher, Bytes key, Bytes iv, MutableBytes text, MutableBytes tag);
    bool (*open)(const FileCipher& cipher, Bytes key, Bytes iv, MutableBytes text, Bytes tag);   // false: wrong tag
};

std::span<const FileCipher> file_ciphers();                       // "none" is not among them
const FileCipher* find_file_cipher(std::string_view name);

} // namespace nacre
