// Forwardings as text: LocalForward, RemoteForward, DynamicForward, and -L, -R, -D.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/option_types.h"

namespace nacre {

enum class ForwardKind { local, remote, dynamic };

// "[bind:]port" and "host:port" as two words of a file; either may be a Unix socket's path.  A remote forward without
// the second word is a SOCKS one.
Result<Forward> parse_forward(std::span<const std::string> words, ForwardKind kind);

// The same joined by ":" as on a command line: "[bind:]port:host:hostport", "path:path", "port:path", ….
Result<Forward> parse_forward(std::string_view specification, ForwardKind kind);

std::string to_text(const Forward& forward);                      // as the words of a file

} // namespace nacre
