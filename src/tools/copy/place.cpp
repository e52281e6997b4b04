#include "tools/copy/place.h"

#include <fmt/format.h>

#include "base/text.h"

namespace nacre {

namespace {

// Where the host ends, or npos: a local path.
std::size_t host_end(std::string_view text)
{
    if (text.starts_with(':'))
        return text.npos;
    bool in_brackets = text.starts_with('[');
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '@' && text.substr(i + 1).starts_with('['))
            in_brackets = true;
        else if (text[i] == ']' && in_brackets && text.substr(i + 1).starts_with(':'))
            return i + 1;
        else if (text[i] == ':' && !in_brackets)
            return i;
        else if (text[i] == '/')
            return text.npos;
    }
    return text.npos;
}

} // namespace

Result<Destination> parse_user_and_host(std::string_view text)
{
    Destination host;
    if (auto at = text.rfind('@'); at != text.npos) {
        host.user = text.substr(0, at);
        text.remove_prefix(at + 1);
        TRY(check_user_name(host.user));
    }
    if (text.starts_with('[') && text.ends_with(']'))
        text = text.substr(1, text.size() - 2);
    host.host = text;
    TRY(check_host_name(host.host));
    return host;
}

Result<CopyPlace> parse_place(std::string_view text)
{
    CopyPlace place;
    if (has_scheme("scp", text)) {
        auto location = TRY(parse_uri_with_path("scp", text));
        place.host = location.place;
        place.path = location.path.empty() ? "." : location.path;
        TRY(check_host_name(place.host->host));
        return place;
    }
    auto end = host_end(text);
    if (end == text.npos) {
        place.path = text;
        return place;
    }
    auto path = text.substr(end + 1);
    if (text.starts_with('@'))                                    // "$USER@host:", of a script without USER
        text.remove_prefix(1), --end;
    place.host = TRY(parse_user_and_host(text.substr(0, end)));
    place.path = path.empty() ? "." : path;
    return place;
}

std::string to_text(const CopyPlace& place)
{
    if (!place.host)
        return place.path;
    auto host = *place.host;
    host.port.reset();
    return fmt::format("{}:{}", to_text(host), place.path);
}

} // namespace nacre
