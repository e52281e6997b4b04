#include "keys/armor.h"

#include <algorithm>

#include "base/text.h"

namespace nacre {

std::string_view take_line(std::string_view& text)
{
    auto end = text.find_first_of("\r\n");
    auto line = text.substr(0, end);
    if (end == std::string_view::npos) {
        text = {};
        return line;
    }
    bool both = text.substr(end).starts_with("\r\n");
    text.remove_prefix(end + (both ? 2 : 1));
    return line;
}

std::string_view first_line(Bytes file)
{
    auto text = as_text(file);
    while (!text.empty()) {
        auto line = take_line(text);
        if (!trim(line).empty())
            return line;
    }
    return {};
}

std::optional<SecretBytes> decode_wrapped_base64(std::string_view text)
{
    SecretBytes digits(text.size());
    std::size_t count = 0;
    for (char c : text)
        if (c != '\n' && c != '\r' && c != ' ' && c != '\t')
            digits.bytes()[count++] = static_cast<std::uint8_t>(c);
    digits.truncate(count);
    auto decoded = from_base64(digits.text());
    if (!decoded)
        return std::nullopt;
    auto secret = SecretBytes::copy_of(*decoded);
    wipe(*decoded);
    return secret;
}

void append_wrapped_base64(Buffer& out, Bytes bytes, std::size_t columns)
{
    auto digits = to_base64(bytes);
    for (std::string_view rest = digits; !rest.empty(); rest.remove_prefix(std::min(columns, rest.size()))) {
        out.append(as_bytes(rest.substr(0, columns)));
        out.append(as_bytes("\n"));
    }
    wipe({reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()});
}

std::optional<std::string_view> between_lines(Bytes file, std::string_view begin, std::string_view end)
{
    auto text = as_text(file);
    std::string_view line;
    while (!text.empty() && trim(line = take_line(text)).empty())
        ;
    if (trim(line) != begin)
        return std::nullopt;
    auto body = text;
    while (!text.empty()) {
        auto size = body.size() - text.size();
        if (trim(take_line(text)) == end)
            return body.substr(0, size);
    }
    return std::nullopt;
}

} // namespace nacre
