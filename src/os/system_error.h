// From errno to Error.
//
// Every failed call becomes "what we tried: what the system said" with the number kept in
// Error::os_error, so that callers may word the sentence their own way.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

std::string os_error_text(int os_error);                          // "No such file or directory"

// "what: text of os_error".
Failure errno_failure(std::string_view what, int os_error = errno);

} // namespace nacre
