#include "keys/authorized_keys.h"

#include <algorithm>

#include "base/text.h"

namespace nacre {

namespace {

constexpr std::string_view blanks = " \t\r\n";                    // as trim(): files come from Windows, too

// Options reach up to the first blank outside quotes; `\"` does not end a quotation.
std::optional<std::string_view> take_options(std::string_view& text)
{
    bool quoted = false;
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
        if (text.substr(end).starts_with("\\\""))
            ++end;
        else if (text[end] == '"')
            quoted = !quoted;
        else if (!quoted && blanks.find(text[end]) != std::string_view::npos)
            break;
    }
    if (quoted)
        return std::nullopt;
    end = std::min(end, text.size());
    auto options = text.substr(0, end);
    text.remove_prefix(end);
    return options;
}

} // namespace

bool AuthorizedKeysLine::names(const PublicKey& key) const
{
    return key_type == key.type().name && key_base64.size() == (key.blob().size() + 2) / 3 * 4 &&
        key_base64 == to_base64(key.blob());
}

Result<PublicKey> AuthorizedKeysLine::key() const
{
    std::string line{key_type};
    return PublicKey::from_line(line.append(" ").append(key_base64));
}

Result<std::optional<AuthorizedKeysLine>> split_authorized_keys_line(std::string_view line)
{
    line = trim(line);
    if (line.empty() || line.starts_with('#'))
        return std::optional<AuthorizedKeysLine>{};
    if (line.find('\0') != std::string_view::npos)
        return bad_input("the line holds a NUL");
    AuthorizedKeysLine parts;
    auto rest = line;
    parts.key_type = take_word(rest, blanks);
    if (!find_key_type(parts.key_type)) {
        rest = line;
        auto options = take_options(rest);
        if (!options)
            return bad_input("a quotation is not closed");
        parts.options = *options;
        parts.key_type = take_word(rest, blanks);
    }
    parts.key_base64 = take_word(rest, blanks);
    parts.comment = trim(rest);
    if (parts.key_base64.empty())
        return bad_input("the line holds no key");
    return std::optional{parts};
}

} // namespace nacre
