// Names and paths as SFTP has them: bytes, with '/' between.
#pragma once

#include <string>
#include <string_view>

namespace nacre::sftp {

std::string join_path(std::string_view directory, std::string_view name);   // one '/' between; name alone behind ""
std::string_view last_component(std::string_view path);           // without trailing slashes; "/" for "/", "" for ""
std::string_view directory_of(std::string_view path);             // "." where there is none
bool lies_in(std::string_view path, std::string_view directory);  // or is it; both without "." and ".."

} // namespace nacre::sftp
