// What SFTP says about a file (draft-ietf-secsh-filexfer-02 §5): each part is there or not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre::sftp {

struct Owner {                                                    // by number
    std::uint32_t uid = 0, gid = 0;
    friend bool operator==(const Owner&, const Owner&) = default;
};

struct Times {                                                    // of the last access and change
    std::uint32_t access = 0, modification = 0;                   // seconds since 1970
    friend bool operator==(const Times&, const Times&) = default;
};

enum class FileKind { unknown, regular, directory, link, other };   // what a name stands for

struct Attributes {                                               // what is said of one file
    std::optional<std::uint64_t> size{};
    std::optional<Owner> owner{};
    std::optional<std::uint32_t> permissions{};                   // st_mode: the file's kind too
    std::optional<Times> times{};

    friend bool operator==(const Attributes&, const Attributes&) = default;

    FileKind kind() const;                                        // unknown without permissions, or where they name none
    // Permission bits, if they are known.
    std::uint32_t mode(std::uint32_t otherwise) const { return permissions ? *permissions & 07777 : otherwise; }

    // For wire/fields.h.  Extended pairs are read past.
    void encode_to(Writer& out) const;
    void decode_from(Reader& in);                                 // a damaged text leaves the reader failed
};

// st_mode's file kinds, as every server sends them.
namespace mode_bits {
inline constexpr std::uint32_t kind = 0170000;                    // the bits that tell the kind
inline constexpr std::uint32_t regular = 0100000;                 // a file
inline constexpr std::uint32_t directory = 0040000;               // a directory
inline constexpr std::uint32_t link = 0120000;                    // a symbolic link
} // namespace mode_bits

} // namespace nacre::sftp
