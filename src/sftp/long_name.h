// A file in a line for people, as `ls -l` has it: what servers send beside a name, and what a client shows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nacre::sftp {

struct ListedFile {                                               // what the line says
    std::uint32_t mode = 0;                                       // st_mode
    std::string_view links{"1"};
    std::string_view owner{}, group{};                            // names or numbers
    std::string_view size{};
    std::string_view date{};                                      // "Nov 28 23:45" or "Nov 28  2026"
    std::string_view name{};
};

std::string long_name(const ListedFile& file);                    // without the end of a line

} // namespace nacre::sftp
