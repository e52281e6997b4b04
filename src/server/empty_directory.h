// PRIVILEGED: sshd itself.  Where sshd-net is locked into.
#pragma once

#include <span>
#include <string>

#include "base/result.h"

namespace nacre {

// The first of `candidates`, made if it is not there, that is root's, writable by nobody else and empty.  Not one in which
// the pid file is to lie: it would be empty until then only.
Result<std::string> choose_empty_directory(std::span<const char* const> candidates, const std::string& pid_file);

// Of those that sshd uses; empty without root, where nobody can be locked in.
Result<std::string> empty_directory(const std::string& pid_file);

} // namespace nacre
