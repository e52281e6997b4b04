// What SFTP says about a file (draft-ietf-secsh-filexfer-02 §5): each part is there or not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre::sftp {

struct Owner {
    std::uint32_t uid = 0, gid = 0;
    friend bool operator==(const Owner&, const Owner&) = default;
};

struct Times {
    std::uint32_t access = 0, modification = 0;                   // seconds since 1970
    friend bool operator==(const Times&, const Times&) = default;
};

enum class FileKind { unknown, regular, directory, link, other };

struct Attributes {
    std::optional<std::uint64_t> size{};
    std::optional<Owner> owner{};
    std::optional<std::uint32_t> permissions{};                   // st_mode: the file's kind too
    std::optional<Times> times{};

    friend bool operator==(const Attributes&, const Attributes&) = default;

    FileKind kind() const;                                        // unknown without permissions, or where they name none
    std::uint32_t mode(std::uint32_t otherwise) const { return permissions ? *permissions & 07777 : otherwise; }

    // For wire/fields.h.  Extended pairs are read past.
    void encode_to(Writer& out) const;
    void decode_from(Reader& in);
    std::string description() const;
};

// st_mode's file kinds, as every server sends them.
namespace mode_bits {
inline constexpr std::uint32_t kind = 0170000;
inline constexpr std::uint32_t regular = 0100000;
inline constexpr std::uint32_t directory = 0040000;
inline constexpr std::uint32_t link = 0120000;
} // namespace mode_bits

} // namespace nacre::sftp
