#include "base/json.h"

#include <fmt/format.h>

#include <cstdint>

namespace nacre {

namespace {

// Length of the well-formed UTF-8 sequence at the front (RFC 3629 §4), or 0.
std::size_t sequence_length(std::string_view text)
{
    auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    auto lead = byte(0);
    std::size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (length == 0 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
    bool surrogate = lead == 0xed && byte(1) >= 0xa0;
    bool beyond = lead == 0xf4 && byte(1) >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

// Of one well-formed sequence; of an empty one, which stands for a byte that is not part of any, U+FFFD.
std::string ascii_escape(std::string_view sequence)
{
    if (sequence.empty())
        return "\\ufffd";
    auto lead = static_cast<std::uint8_t>(sequence[0]);
    if (lead == '"' || lead == '\\')
        return {'\\', sequence[0]};
    if (lead < 0x80)
        return lead < 0x20 || lead == 0x7f ? fmt::format("\\u{:04x}", lead) : std::string{sequence};
    std::uint32_t code = lead & (0xffU >> (sequence.size() + 1));
    for (char c : sequence.substr(1))
        code = code << 6 | (static_cast<std::uint8_t>(c) & 0x3fU);
    if (code < 0x10000)
        return fmt::format("\\u{:04x}", code);
    code -= 0x10000;
    return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

} // namespace

std::string json_text(std::string_view text)
{
    std::string quoted = "\"";
    while (!text.empty()) {
        auto length = sequence_length(text);
        auto c = text.front();
        if (length == 0)
            quoted += "\xef\xbf\xbd";
        else if (c == '"' || c == '\\')
            quoted.append("\\").append(1, c);
        else if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f)
            quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            quoted += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return quoted + '"';
}

std::string json_ascii(std::string_view text, std::size_t most)
{
    constexpr std::string_view ellipsis = "\\u2026";
    std::string quoted = "\"";
    std::size_t cut = 1;                                          // the last place where an ellipsis still fits behind
    while (!text.empty()) {
        auto length = sequence_length(text);
        quoted += ascii_escape(text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
        if (quoted.size() - 1 > most)
            return quoted.substr(0, cut).append(ellipsis) + '"';
        if (quoted.size() - 1 + ellipsis.size() <= most)
            cut = quoted.size();
    }
    return quoted + '"';
}

std::string json_list(std::span<const std::string> values)
{
    std::string list = "[";
    for (auto& value : values)
        list.append(list.size() > 1 ? ", " : "").append(value);
    return list + ']';
}

std::string json_object(std::span<const std::pair<std::string_view, std::string>> members)
{
    std::string object = "{";
    for (auto& [name, value] : members)
        object.append(object.size() > 1 ? ", " : "").append(json_text(name)).append(": ").append(value);
    return object + '}';
}

} // namespace nacre
