#include "config/expand.h"

#include <fmt/format.h>

#include "base/contract.h"
#include "base/text.h"

namespace nacre {
namespace {

constexpr std::size_t longest_value = 1024 * 1024;

std::optional<std::size_t> index_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return static_cast<std::size_t>(letter - 'A');
    if (letter >= 'a' && letter <= 'z')
        return static_cast<std::size_t>(letter - 'a' + 26);
    return std::nullopt;
}

Result<std::string> token(char letter, const Tokens& values, std::string_view allowed)
{
    auto* value = allowed.contains(letter) ? values.find(letter) : nullptr;
    if (letter == '%')
        return "%";
    if (!value)
        return bad_input(fmt::format("unknown key %{}", printable(std::string_view{&letter, 1})));
    return *value;
}

// `text` starts behind "${"; takes the name and the brace off it.
Result<std::string> variable(std::string_view& text, ConfigSources& sources)
{
    auto end = text.find('}');
    if (end == std::string_view::npos || end == 0)
        return bad_input("environment variable without \"}\" or name");
    std::string name{text.substr(0, end)};
    text.remove_prefix(end + 1);
    auto value = sources.environment(name);
    if (!value)
        return bad_input(fmt::format("environment variable {} is not set", printable(name)));
    return *value;
}

// One pass; without `values` or `sources` the one or the other syntax is plain text.
Result<std::string> expand(std::string_view text, const Tokens& values, std::string_view allowed,
                           ConfigSources* sources)
{
    std::string expanded;
    while (!text.empty()) {
        auto rest = text.substr(1);
        if (text.front() == '%') {
            if (rest.empty())
                return bad_input("% at the end");
            expanded += TRY(token(rest.front(), values, allowed));
            text = rest.substr(1);
        } else if (sources && text.starts_with("${")) {
            text.remove_prefix(2);
            expanded += TRY(variable(text, *sources));
        } else {
            expanded += text.front();
            text = rest;
        }
        if (expanded.size() > longest_value)
            return bad_input("value too long after expansion");
    }
    return expanded;
}

} // namespace

Tokens& Tokens::set(char letter, std::string value)
{
    auto index = index_of(letter);
    NACRE_EXPECTS(index);
    values_[*index] = std::move(value);
    return *this;
}

Tokens& Tokens::update(const Tokens& more)
{
    for (std::size_t i = 0; i < values_.size(); ++i)
        if (more.values_[i])
            values_[i] = more.values_[i];
    return *this;
}

const std::string* Tokens::find(char letter) const
{
    auto index = index_of(letter);
    return index && values_[*index] ? &*values_[*index] : nullptr;
}

std::string without_tokens(std::string_view text)
{
    std::string escaped;
    for (char c : text)
        escaped.append(c == '%' ? 2 : 1, c);
    return escaped;
}

Result<std::string> expand_tokens(std::string_view text, const Tokens& values, std::string_view allowed)
{
    return expand(text, values, allowed, nullptr);
}

Result<std::string> expand_value(std::string_view text, const Tokens& values, std::string_view allowed, ConfigSources& sources)
{
    return expand(text, values, allowed, &sources);
}

Result<std::string> expand_home(std::string_view text, ConfigSources& sources)
{
    if (!text.starts_with('~'))
        return std::string{text};
    auto slash = std::min(text.find('/'), text.size());
    std::string user{text.substr(1, slash - 1)};
    auto home = sources.home_of(user);
    if (!home)
        return bad_input(fmt::format("no home directory for \"{}\"", printable(user)));
    auto rest = text.substr(std::min(slash + 1, text.size()));
    return fmt::format("{}{}{}", *home, home->ends_with('/') ? "" : "/", rest);      // "~" alone is "/home/joe/"
}

Result<std::string> expand_path(std::string_view text, const Tokens& values, std::string_view allowed,
                                ConfigSources& sources)
{
    // A home directory may hold "%" or "${": only what was written is expanded.
    if (!text.starts_with('~'))
        return expand(text, values, allowed, &sources);
    auto slash = std::min(text.find('/'), text.size());
    auto home = TRY(expand_home(text.substr(0, slash), sources));
    auto rest = TRY(expand(text.substr(std::min(slash + 1, text.size())), values, allowed, &sources));
    return home + rest;
}

} // namespace nacre
