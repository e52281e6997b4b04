// One line of `ls -l`, as a client writes it, and the sizes of df and du.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sftp/attributes.h"

namespace nacre::sftp_tool {

enum class Units { bytes, scaled };

// `user` and `group`: names, or numbers as text.
std::string long_line(std::string_view name, const sftp::Attributes& facts, std::string_view user, std::string_view group,
                      Units units);
std::string human_size(std::uint64_t bytes);                      // "512B", "1.5K", "23.0M", "1024M"

} // namespace nacre::sftp_tool
