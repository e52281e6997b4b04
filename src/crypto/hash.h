// SHA-1, SHA-2 and MD5 (the last for fingerprints only), through libcrypto.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace nacre {

enum class HashKind { md5, sha1, sha256, sha384, sha512 };        // which of them

std::size_t hash_size(HashKind kind);                             // bytes
std::string_view hash_name(HashKind kind);                        // "SHA256"

// Feeding in pieces; one result.
class Hash {
public:
    explicit Hash(HashKind kind);                                 // of nothing yet
    Hash(Hash&&) noexcept;
    Hash& operator=(Hash&&) noexcept;
    ~Hash();

    Hash& update(Bytes bytes);                                    // what is hashed next
    ByteVector finish();                                          // once

private:
    struct State;
    std::unique_ptr<State> state_;
};

ByteVector hash_of(HashKind kind, Bytes bytes);                   // of one piece

} // namespace nacre
