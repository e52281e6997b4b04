// The table of compressions (RFC 4253 §6.2; zlib@openssh.com starts after authentication).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "transport/ciphers.h"

namespace nacre {

// One direction of one connection: every payload depends on those before it.
class Compressor {
public:
    virtual ~Compressor() = default;
    // Appends the whole payload, compressed and flushed, to `out`.
    virtual void compress(Bytes payload, Buffer& out) = 0;
};

class Decompressor {
public:
    virtual ~Decompressor() = default;
    // Appends the payload to `out`.  An error when the stream is broken or the payload exceeds decompressed_limit;
    // nothing can be decompressed after that.
    virtual Result<void> decompress(Bytes compressed, Buffer& out) = 0;
};

// What one direction saved, over all its keys: bytes of payloads.
struct CompressionCount {
    std::uint64_t plain = 0, compressed = 0;
};

constexpr std::size_t decompressed_limit = 256 * 1024;            // bytes per packet

struct Compression {
    std::string_view name;
    bool delayed;                                                 // starts with SSH_MSG_USERAUTH_SUCCESS, not with NEWKEYS
    Offered offered;
    // Both null for "none".  `level`: 1 (fast) to 9.
    std::unique_ptr<Compressor> (*make_compressor)(int level);
    std::unique_ptr<Decompressor> (*make_decompressor)();
};

constexpr int default_compression_level = 6;

std::span<const Compression> compressions();
const Compression* find_compression(std::string_view name);

} // namespace nacre
