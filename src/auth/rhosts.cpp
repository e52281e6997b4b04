#include "auth/rhosts.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "keys/armor.h"

namespace nacre {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

// One of a line's two words.
struct Name {
    std::string_view text;
    bool is_group = false;
    bool refuses = false;
};

struct Line {
    Name host, user;
};

// Nothing: a sign without a name.
std::optional<Name> to_name(std::string_view word)
{
    Name name;
    name.refuses = word.starts_with('-');
    if (name.refuses || word.starts_with('+'))
        word.remove_prefix(1);
    name.is_group = word.starts_with('@');
    name.text = name.is_group ? word.substr(1) : word;
    if (name.text.empty())
        return std::nullopt;
    return name;
}

// Nothing for comments, blank lines, and what cannot be understood.
std::optional<Line> parse_line(std::string_view text, std::string_view server_user)
{
    if (text.size() > longest_rhosts_line || text.contains('\0'))
        return std::nullopt;
    auto host = take_word(text, blanks);
    auto user = take_word(text, blanks);
    if (host.empty() || host.starts_with('#') || host.starts_with("NO_PLUS") || !take_word(text, blanks).empty())
        return std::nullopt;
    auto host_name = to_name(host);
    auto user_name = user.empty() ? std::optional{Name{server_user}} : to_name(user);
    if (!host_name || !user_name || user_name->text.empty())
        return std::nullopt;
    return Line{*host_name, *user_name};
}

bool fits_host(const Name& name, const RhostsQuestion& question, const Netgroups& netgroups)
{
    if (name.is_group)
        return netgroups.has_host(name.text, question.host) || netgroups.has_host(name.text, question.address);
    return equal_ignoring_case(name.text, question.host) || name.text == question.address;
}

bool fits_user(const Name& name, const RhostsQuestion& question, const Netgroups& netgroups)
{
    return name.is_group ? netgroups.has_user(name.text, question.client_user) : name.text == question.client_user;
}

} // namespace

RhostsAnswer search_rhosts(std::string_view text, const RhostsQuestion& question, const Netgroups& netgroups)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto line = parse_line(take_line(text), question.server_user);
        if (!line || !fits_host(line->host, question, netgroups) || !fits_user(line->user, question, netgroups))
            continue;
        bool refused = line->host.refuses || line->user.refuses;
        return {refused ? RhostsVerdict::refused : RhostsVerdict::allowed, number};
    }
    return {};
}

} // namespace nacre
