// Appends typed values in SSH's encoding (RFC 4251 §5): the mirror image of Reader.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/buffer.h"
#include "base/bytes.h"

namespace nacre {

class Writer {
public:
    explicit Writer(Buffer& out) : buffer_(&out) {}               // for what is secret, or sent
    explicit Writer(ByteVector& out) : vector_(&out) {}           // for what anyone may see

    // These bytes as they are.
    Writer& raw(Bytes bytes)
    {
        if (!bytes.empty())
            std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
        return *this;
    }
    // One byte.
    Writer& u8(std::uint8_t value)
    {
        *extend(1) = value;
        return *this;
    }
    // Two, most significant first.
    Writer& u16(std::uint16_t value) { return u8(static_cast<std::uint8_t>(value >> 8)).u8(static_cast<std::uint8_t>(value)); }
    // Four.
    Writer& u32(std::uint32_t value)
    {
        store_u32(extend(4), value);
        return *this;
    }
    // Eight.
    Writer& u64(std::uint64_t value)
    {
        return u32(static_cast<std::uint32_t>(value >> 32)).u32(static_cast<std::uint32_t>(value));
    }
    Writer& boolean(bool value) { return u8(value ? 1 : 0); }     // one byte
    Writer& string(Bytes bytes) { return u32(static_cast<std::uint32_t>(bytes.size())).raw(bytes); }   // its length first
    Writer& string(std::string_view text) { return string(as_bytes(text)); }   // the same of text
    Writer& mpint(Bytes magnitude);                               // leading zeros are dropped or added as needed

    // Four bytes over what is there.
    static void store_u32(std::uint8_t* at, std::uint32_t value)
    {
        at[0] = static_cast<std::uint8_t>(value >> 24);
        at[1] = static_cast<std::uint8_t>(value >> 16);
        at[2] = static_cast<std::uint8_t>(value >> 8);
        at[3] = static_cast<std::uint8_t>(value);
    }

private:
    std::uint8_t* extend(std::size_t count)
    {
        if (buffer_) {
            auto* at = buffer_->space(count).data();
            buffer_->filled(count);
            return at;
        }
        vector_->resize(vector_->size() + count);
        return vector_->data() + vector_->size() - count;
    }

    Buffer* buffer_ = nullptr;
    ByteVector* vector_ = nullptr;
};

} // namespace nacre
