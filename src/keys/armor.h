// Inside keys/ only: texts between "-----BEGIN X-----" and "-----END X-----", with base64 in lines.
#pragma once

#include <optional>
#include <string_view>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/secret.h"

namespace nacre {

// The first line that is not blank, without its end.
std::string_view first_line(Bytes file);

// Takes one line off the front, without its end: LF, CR LF or CR.
std::string_view take_line(std::string_view& text);

// Base64 with line ends in it.  Nothing if it is malformed.
std::optional<SecretBytes> decode_wrapped_base64(std::string_view text);
void append_wrapped_base64(Buffer& out, Bytes bytes, std::size_t columns);

// What stands between the line `begin`, the first that is not blank, and the line `end`.
std::optional<std::string_view> between_lines(Bytes file, std::string_view begin, std::string_view end);

} // namespace nacre
