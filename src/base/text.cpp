#include "base/text.h"

#include <algorithm>

namespace nacre {

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    if (text.empty())
        return parts;
    for (;;) {
        auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator)
{
    std::string text;
    for (auto& part : parts) {
        if (&part != &parts.front())
            text += separator;
        text += part;
    }
    return text;
}

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string_view take_word(std::string_view& text, std::string_view blanks)
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    auto word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

std::string_view until_nul(std::string_view text)
{
    return text.substr(0, text.find('\0'));
}

bool is_plain_name(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." && !name.contains('/') && !name.contains('\0');
}

namespace {

void append_escaped(std::string& text, std::uint8_t byte)
{
    text += '\\';
    switch (byte) {
    case '\n': text += 'n'; break;
    case '\r': text += 'r'; break;
    case '\t': text += 't'; break;
    case '\\': text += '\\'; break;
    default:
        text += static_cast<char>('0' + (byte >> 6));
        text += static_cast<char>('0' + (byte >> 3 & 7));
        text += static_cast<char>('0' + (byte & 7));
    }
}

// Length of the well-formed UTF-8 sequence at the front that stands for a printable character beyond ASCII, or 0.
std::size_t printable_utf8(std::string_view text)
{
    auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc2 ? 2 : 0;
    if (length == 0 || length > text.size() || byte(0) > 0xf4)
        return 0;
    std::uint32_t code = byte(0) & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (byte(i) & 0x3fU);
    }
    bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    bool control = code < 0xa0;                                        // C1
    bool direction = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return overlong || surrogate || control || direction || code > 0x10ffff ? 0 : length;
}

} // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::string to_lower(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) { return to_lower(c); });
    return result;
}

std::string printable(std::string_view hostile)
{
    std::string text;
    text.reserve(hostile.size());
    for (char c : hostile) {
        if (c >= 0x20 && c <= 0x7e && c != '\\')
            text += c;
        else
            append_escaped(text, static_cast<std::uint8_t>(c));
    }
    return text;
}

std::string printable_text(std::string_view hostile)
{
    std::string text;
    text.reserve(hostile.size());
    for (std::size_t i = 0; i < hostile.size();) {
        auto end = std::min(hostile.find_first_of("\n\t", i), hostile.size());
        // The line end that RFC 4252 §5.4 asks for.
        bool is_crlf = end > i && hostile.substr(end - 1).starts_with("\r\n");
        text += printable_line(hostile.substr(i, end - i - (is_crlf ? 1 : 0)));
        if (end < hostile.size())
            text += hostile[end];
        i = end + 1;
    }
    return text;
}

std::string in_ascii(std::string_view text)
{
    std::string ascii;
    ascii.reserve(text.size());
    for (char c : text) {
        if (auto byte = static_cast<std::uint8_t>(c); byte > 0x7e)
            append_escaped(ascii, byte);
        else
            ascii += c;
    }
    return ascii;
}

std::string printable_line(std::string_view hostile)
{
    std::string text;
    text.reserve(hostile.size());
    while (!hostile.empty()) {
        char c = hostile.front();
        std::size_t length = 1;
        if (c >= 0x20 && c <= 0x7e)
            text += c;
        else if (auto utf8 = printable_utf8(hostile); utf8 != 0)
            text.append(hostile.substr(0, length = utf8));
        else
            append_escaped(text, static_cast<std::uint8_t>(c));
        hostile.remove_prefix(length);
    }
    return text;
}

} // namespace nacre
