// Paths as a client means them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nacre::sftp {

// Absolute, without links; the last part need not exist.  Nothing, with errno, if that cannot be.
std::optional<std::string> real_path(const std::string& path);

// "~", "~/x" and "~user/x" at the front.  One's own home is where the session starts, as with OpenSSH: with -d that is
// another directory.  Nothing: no such user.
std::optional<std::string> expand_home_path(std::string_view path, const std::string& start_directory);

// Nothing: no such user.
std::optional<std::string> home_of(const std::string& user);

} // namespace nacre::sftp
