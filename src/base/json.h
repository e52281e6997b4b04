// Writing JSON (RFC 8259): text as it must be quoted, and lists and objects as text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nacre {

// With its quotes.  What is not well-formed UTF-8 becomes U+FFFD, so that any bytes give a document.
std::string json_text(std::string_view text);

// The same in ASCII alone, so that no filter of bytes on its way can spoil it.  What would need more than `most` bytes
// between the quotes is cut between two characters and ends with an ellipsis (U+2026).
std::string json_ascii(std::string_view text, std::size_t most);

// Of values that are JSON already.
std::string json_list(std::span<const std::string> values);
std::string json_object(std::span<const std::pair<std::string_view, std::string>> members);

} // namespace nacre
