#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace nacre {

bool same_bytes(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

bool equal_in_constant_time(Bytes a, Bytes b)
{
    if (a.size() != b.size())
        return false;
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = difference | static_cast<std::uint8_t>(a[i] ^ b[i]);
    return difference == 0;
}

void wipe(MutableBytes bytes)
{
    if (bytes.empty())
        return;
    std::memset(bytes.data(), 0, bytes.size());
    // The empty assembly claims to read the memory, so the stores above cannot be dropped.
    __asm__ volatile("" : : "r"(bytes.data()) : "memory");
}

std::string to_hex(Bytes bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (auto byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

namespace {

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto base64_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
        values[static_cast<std::uint8_t>(base64_alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}();

} // namespace

std::optional<ByteVector> from_hex(std::string_view text)
{
    if (text.size() % 2 != 0)
        return std::nullopt;
    ByteVector bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        int high = hex_value(text[i]);
        int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return bytes;
}

std::string to_base64(Bytes bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = std::uint32_t{bytes[i]} << 16;
        if (have > 1)
            group |= std::uint32_t{bytes[i + 1]} << 8;
        if (have > 2)
            group |= bytes[i + 2];
        text += base64_alphabet[group >> 18 & 63];
        text += base64_alphabet[group >> 12 & 63];
        text += have > 1 ? base64_alphabet[group >> 6 & 63] : '=';
        text += have > 2 ? base64_alphabet[group & 63] : '=';
    }
    return text;
}

std::optional<ByteVector> from_base64(std::string_view text)
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    std::string_view digits = text.substr(0, text.size() - padding);

    ByteVector bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (char c : digits) {
        std::int8_t value = base64_values[static_cast<std::uint8_t>(c)];
        if (value < 0)
            return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::uint8_t>(group >> bits));
            group &= (1U << bits) - 1;
        }
    }
    if (group != 0)                                               // left-over bits must be zero
        return std::nullopt;
    return bytes;
}

} // namespace nacre
