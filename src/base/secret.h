// Bytes that must not outlive their use: keys, passphrases, shared secrets.
//
// A SecretBytes cannot be copied or printed, compares in constant time, and is wiped when it
// dies, shrinks or is moved from.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace nacre {

class SecretBytes {
public:
    SecretBytes() = default;
    explicit SecretBytes(std::size_t size);                       // zeros
    static SecretBytes copy_of(Bytes bytes);                      // a second place for what is elsewhere, too
    static SecretBytes copy_of(std::string_view text) { return copy_of(as_bytes(text)); }   // the same of text

    SecretBytes(SecretBytes&& other) noexcept;
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes();

    SecretBytes clone() const { return copy_of(bytes()); }        // a second secret, on purpose

    Bytes bytes() const { return {data_.get(), size_}; }          // to be read
    MutableBytes bytes() { return {data_.get(), size_}; }         // to be filled
    std::string_view text() const { return as_text(bytes()); }    // the bytes as text
    std::size_t size() const { return size_; }                    // in bytes
    bool empty() const { return size_ == 0; }                     // there is none

    void truncate(std::size_t size);                              // wipes the rest; never grows

    friend bool operator==(const SecretBytes& a, const SecretBytes& b)
    {
        return equal_in_constant_time(a.bytes(), b.bytes());
    }

private:
    std::unique_ptr<std::uint8_t[]> data_;
    std::size_t size_ = 0;
};

} // namespace nacre
