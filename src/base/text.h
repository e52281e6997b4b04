// Small work on text: taking it apart, comparing it, and printing what strangers wrote.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace nacre {

std::vector<std::string_view> split(std::string_view text, char separator);   // "a,,b" has three parts; "" has none
std::string join(const std::vector<std::string>& parts, std::string_view separator);   // with the separator between each two
std::string_view trim(std::string_view text);                                 // blanks, tabs, CR and LF at both ends

// The first word between characters of `blanks`, taken away from the front; empty: there is none.
std::string_view take_word(std::string_view& text, std::string_view blanks);

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }   // ASCII
bool equal_ignoring_case(std::string_view a, std::string_view b);             // ASCII
std::string to_lower(std::string_view text);                                  // ASCII

// The whole text as a number within T, or nothing.
template <class T>
std::optional<T> parse_number(std::string_view text, int base = 10)
{
    T value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return value;
}

// What C makes of it: up to the first NUL.  In text that goes to a client there is none: OpenSSH's ends the connection over it.
std::string_view until_nul(std::string_view text);

// One component of a path that may be put behind a directory of our own: not empty, not "." or "..", no '/' and no NUL.
bool is_plain_name(std::string_view name);

// For one line of a log or a message: every byte outside 0x20–0x7e, and the backslash, as \ooo, \n, \t, \r or \\.
std::string printable(std::string_view hostile);
inline std::string printable(Bytes hostile) { return printable(as_text(hostile)); }   // the same of bytes

// For text of several lines that a terminal shows (banners, prompts): keeps \n and \t and well-formed UTF-8 that is
// not a control character, escapes the rest; CR before LF disappears.
std::string printable_text(std::string_view hostile);
// The same for what must stay one line (names of files, comments of keys): \n and \t are escaped, too.
std::string printable_line(std::string_view hostile);
// Of either, for who knows no UTF-8, to whom bytes of it may be control characters: every byte above 0x7e as \ooo.
std::string in_ascii(std::string_view text);

} // namespace nacre
