// Runs of bytes: the two view types that the whole code speaks, and what one may do to
// bytes that have no other meaning yet.  Nothing here owns memory except ByteVector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

using Bytes = std::span<const std::uint8_t>;                      // somebody else's bytes
using MutableBytes = std::span<std::uint8_t>;                     // the same, to be written
using ByteVector = std::vector<std::uint8_t>;                     // bytes of one's own

inline Bytes as_bytes(std::string_view text)                      // the bytes of a text
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes)                      // the bytes as text, whatever they are
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline ByteVector to_vector(Bytes bytes) { return {bytes.begin(), bytes.end()}; }   // a copy

// Plain comparison, for what everybody may see.  Secrets: see equal_in_constant_time.
[[nodiscard]] bool same_bytes(Bytes a, Bytes b);

// The time taken depends on the lengths alone.
[[nodiscard]] bool equal_in_constant_time(Bytes a, Bytes b);

// Overwrites with zeros in a way that the compiler keeps.
void wipe(MutableBytes bytes);

std::string to_hex(Bytes bytes);                                  // lower case, no separators
// Either case; spaces are not accepted.
[[nodiscard]] std::optional<ByteVector> from_hex(std::string_view text);

std::string to_base64(Bytes bytes);                               // RFC 4648 §4, padded, one line
// Rejects whatever to_base64 would not have written.
[[nodiscard]] std::optional<ByteVector> from_base64(std::string_view text);

} // namespace nacre
