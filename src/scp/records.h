// The old protocol of scp (that of rcp): lines that announce files, and one byte that answers each of them.
//
// Pure: what a line says, and how it is written.  Whoever receives a name has been told what a stranger calls the file;
// only a plain component gets through.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace nacre::scp {

struct TimesRecord {                                              // "Tmtime 0 atime 0": of the next file
    std::uint64_t modification = 0, access = 0;                   // seconds; there may be more than a clock here knows
    friend bool operator==(const TimesRecord&, const TimesRecord&) = default;
};

struct FileRecord {                                               // "Cmode size name", then that many bytes
    std::uint32_t mode = 0;
    std::uint64_t size = 0;
    std::string name{};
    friend bool operator==(const FileRecord&, const FileRecord&) = default;
};

struct DirectoryRecord {                                          // "Dmode 0 name", then what is in it
    std::uint32_t mode = 0;
    std::string name{};
    friend bool operator==(const DirectoryRecord&, const DirectoryRecord&) = default;
};

struct EndRecord {                                                // "E": of a directory
    friend bool operator==(const EndRecord&, const EndRecord&) = default;
};

struct ErrorRecord {                                              // byte 1 or 2 and a sentence; 2: nothing follows
    std::string sentence{};                                       // as the peer wrote it
    bool last = false;
    friend bool operator==(const ErrorRecord&, const ErrorRecord&) = default;
};

using Record = std::variant<TimesRecord, FileRecord, DirectoryRecord, EndRecord, ErrorRecord>;

inline constexpr std::size_t longest_line = 8192;                 // a name has 255 bytes; an error may say more

// `line`: without its newline.
Result<Record> parse_record(std::string_view line);

std::string to_line(const TimesRecord& record);                   // with the newline
std::string to_line(const FileRecord& record);                    // a newline in the name is written as "\^J"
std::string to_line(const DirectoryRecord& record);
std::string error_line(std::string_view sentence);

// Does a name that came fit what was asked for?  `request`: the last component of the remote path, with wildcards and
// {a,b} as a shell would expand it.
bool fits_request(std::string_view name, std::string_view request);

} // namespace nacre::scp
