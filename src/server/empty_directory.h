// PRIVILEGED: sshd itself.  Where sshd-net is locked into.
#pragma once

#include <span>
#include <string>

#include "base/result.h"

namespace nacre {

enum class Missing { make, leave };                               // leave: who only checks takes it as made

// The first of `candidates` that is root's, writable by nobody else and empty, or is not there.  Not one in which the pid
// file is to lie: it would be empty until then only.
Result<std::string> choose_empty_directory(std::span<const char* const> candidates, const std::string& pid_file,
                                           Missing missing);

// Of those that sshd uses; empty without root, where nobody can be locked in.
Result<std::string> empty_directory(const std::string& pid_file, Missing missing);

} // namespace nacre
