// Messages are declared, not written: a struct names its members once, in the order of the
// wire, and gets encode and decode from that list.
//
//     struct Disconnect {                                  // RFC 4253 §11.1
//         static constexpr std::string_view name = "SSH_MSG_DISCONNECT";
//         static constexpr MessageNumber number{1};
//         std::uint32_t reason = 0;
//         std::string_view description;
//         std::string_view language;
//         using fields = Fields<&Disconnect::reason, &Disconnect::description, &Disconnect::language>;
//     };
//
// A struct with a `number` is a whole payload; one without is a part of something.  Members
// of variable length are views into the bytes they were decoded from.
#pragma once

#include <fmt/format.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

// The list of members, by pointers to them.
template <auto... Members>
struct Fields {};

// All bytes up to the end of the message; what they mean depends on an earlier field.
struct Rest {
    Bytes bytes;
};

// A non-negative multiple-precision integer: its magnitude, big-endian, without leading zeros.
struct Mpint {
    Bytes magnitude;
};

// A text that must never reach a log.
struct SecretText {
    std::string_view text;
};

// A count (uint32) and that many items.  The count is never used to reserve memory: every item takes at least one byte
// of the message, so the message's own bound holds.
template <class T>
struct Repeated {
    std::vector<T> items;
};

// A part whose members depend on each other (SFTP's attributes) writes and reads itself.
template <class T>
concept CodesItself = requires(const T& value, T& changed, Writer& out, Reader& in) {
    value.encode_to(out);
    changed.decode_from(in);
};

template <class T>
concept Declared = requires { typename T::fields; };

template <class T>
concept Message = Declared<T> && requires {
    { T::number } -> std::convertible_to<MessageNumber>;
};

namespace detail {

template <class T>
struct is_strong : std::false_type {};
template <class Tag, class T>
struct is_strong<Strong<Tag, T>> : std::true_type {};
template <class T>
struct is_repeated : std::false_type {};
template <class T>
struct is_repeated<Repeated<T>> : std::true_type {};
template <class T>
struct is_byte_array : std::false_type {};
template <std::size_t N>
struct is_byte_array<std::array<std::uint8_t, N>> : std::true_type {};
template <class T>
struct always_false : std::false_type {};

template <class T>
void encode_value(Writer& out, const T& value);
template <class T>
void decode_value(Reader& in, T& value);

template <class T, auto... Members>
void encode_members(Writer& out, const T& message, Fields<Members...>)
{
    (encode_value(out, message.*Members), ...);
}

template <class T, auto... Members>
void decode_members(Reader& in, T& message, Fields<Members...>)
{
    (decode_value(in, message.*Members), ...);
}

template <class T>
void encode_value(Writer& out, const T& value)
{
    if constexpr (std::same_as<T, bool>)
        out.boolean(value);
    else if constexpr (std::same_as<T, std::uint8_t>)
        out.u8(value);
    else if constexpr (std::same_as<T, std::uint32_t>)
        out.u32(value);
    else if constexpr (std::same_as<T, std::uint64_t>)
        out.u64(value);
    else if constexpr (std::is_enum_v<T>)
        encode_value(out, static_cast<std::underlying_type_t<T>>(value));
    else if constexpr (is_strong<T>::value)
        encode_value(out, value.value);
    else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, Bytes>)
        out.string(value);
    else if constexpr (std::same_as<T, std::string>)
        out.string(std::string_view{value});
    else if constexpr (std::same_as<T, ByteVector>)
        out.string(Bytes{value});
    else if constexpr (std::same_as<T, SecretText>)
        out.string(value.text);
    else if constexpr (std::same_as<T, Mpint>)
        out.mpint(value.magnitude);
    else if constexpr (std::same_as<T, Rest>)
        out.raw(value.bytes);
    else if constexpr (is_byte_array<T>::value)
        out.raw(value);
    else if constexpr (is_repeated<T>::value) {
        out.u32(static_cast<std::uint32_t>(value.items.size()));
        for (auto& item : value.items)
            encode_value(out, item);
    } else if constexpr (CodesItself<T>)
        value.encode_to(out);
    else if constexpr (Declared<T>)
        encode_members(out, value, typename T::fields{});
    else
        static_assert(always_false<T>::value, "no encoding for this type");
}

template <class T>
void decode_value(Reader& in, T& value)
{
    if constexpr (std::same_as<T, bool>)
        value = in.boolean();
    else if constexpr (std::same_as<T, std::uint8_t>)
        value = in.u8();
    else if constexpr (std::same_as<T, std::uint32_t>)
        value = in.u32();
    else if constexpr (std::same_as<T, std::uint64_t>)
        value = in.u64();
    else if constexpr (std::is_enum_v<T>) {
        std::underlying_type_t<T> number{};
        decode_value(in, number);
        value = static_cast<T>(number);
    } else if constexpr (is_strong<T>::value)
        decode_value(in, value.value);
    else if constexpr (std::same_as<T, std::string_view>)
        value = in.text();
    else if constexpr (std::same_as<T, Bytes>)
        value = in.string();
    else if constexpr (std::same_as<T, std::string>)
        value = std::string{in.text()};
    else if constexpr (std::same_as<T, ByteVector>)
        value = to_vector(in.string());
    else if constexpr (std::same_as<T, SecretText>)
        value.text = in.text();
    else if constexpr (std::same_as<T, Mpint>)
        value.magnitude = in.mpint();
    else if constexpr (std::same_as<T, Rest>)
        value.bytes = in.rest();
    else if constexpr (is_byte_array<T>::value) {
        auto bytes = in.take(value.size());
        for (std::size_t i = 0; i < bytes.size(); ++i)
            value[i] = bytes[i];
    } else if constexpr (is_repeated<T>::value) {
        auto count = in.u32();
        for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
            if (in.left() == 0) {
                in.reject();
                break;
            }
            decode_value(in, value.items.emplace_back());
        }
    } else if constexpr (CodesItself<T>)
        value.decode_from(in);
    else if constexpr (Declared<T>)
        decode_members(in, value, typename T::fields{});
    else
        static_assert(always_false<T>::value, "no decoding for this type");
}

} // namespace detail

// Appends it.
template <Declared T>
void encode(Writer out, const T& message)
{
    if constexpr (Message<T>)
        out.u8(T::number.value);
    detail::encode_members(out, message, typename T::fields{});
}

// Its bytes.
template <Declared T>
ByteVector encode(const T& message)
{
    ByteVector bytes;
    encode(Writer{bytes}, message);
    return bytes;
}

// Rejects a wrong number, missing bytes and trailing bytes.
template <Declared T>
Result<T> decode(Bytes bytes)
{
    Reader in{bytes};
    if constexpr (Message<T>)
        if (in.u8() != T::number.value)
            return peer_misbehaved(fmt::format("{} expected", T::name));
    T message{};
    detail::decode_members(in, message, typename T::fields{});
    TRY(in.finish(T::name));
    return message;
}

// Takes a part out of a longer run; failure shows in `in`.
template <Declared T>
T decode_part(Reader& in)
{
    T part{};
    detail::decode_members(in, part, typename T::fields{});
    return part;
}

} // namespace nacre
