#include "config/server_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/pattern.h"
#include "base/text.h"
#include "config/match.h"

namespace nacre {
namespace {

using Context = ServerMatchContext;

bool matches(const std::optional<std::string>& text, std::string_view patterns, Case sensitivity = Case::sensitive)
{
    return text && matches_pattern_list(*text, patterns, sensitivity) == PatternMatch::yes;
}

Result<bool> address(const std::optional<std::string>& text, std::string_view list)
{
    auto match = TRY(match_address_list(text.value_or(""), list));
    return text && match == PatternMatch::yes;
}

Result<bool> local_port(const Context& context, std::string_view argument)
{
    auto port = parse_number<std::uint16_t>(argument);
    if (!port || *port == 0)
        return bad_input(fmt::format("Invalid LocalPort '{}' on Match line", printable(argument)));
    return context.local_port == *port;
}

Result<bool> plain(bool value) { return value; }

struct Row : CriterionRow {
    // Called with an empty context to check the argument.
    Result<bool> (*holds)(const Context&, std::string_view argument);
};

constexpr std::array rows{
    Row{{"address", true}, [](auto& c, auto list) { return address(c.address, list); }},
    Row{{"all", false}, [](auto&, auto) { return plain(true); }},
    Row{{"group", true}, [](auto& c, auto patterns) { return plain(any_matches(c.groups, patterns)); }},
    Row{{"host", true}, [](auto& c, auto patterns) { return plain(matches(c.host, patterns, Case::ignored)); }},
    Row{{"invalid-user", false}, [](auto& c, auto) { return plain(c.user && !c.user_exists); }},
    Row{{"localaddress", true}, [](auto& c, auto list) { return address(c.local_address, list); }},
    Row{{"localport", true}, local_port},
    Row{{"rdomain", true}, [](auto& c, auto patterns) { return plain(matches(c.rdomain, patterns)); }},
    Row{{"user", true}, [](auto& c, auto patterns) { return plain(matches(c.user, patterns)); }},
    Row{{"version", true}, [](auto& c, auto patterns) { return plain(matches(c.version, patterns)); }},
};

constexpr auto names = [] {
    std::array<CriterionRow, rows.size()> plain_rows{};
    for (std::size_t i = 0; i < rows.size(); ++i)
        plain_rows[i] = rows[i];
    return plain_rows;
}();

Result<bool> holds(const Criterion& criterion, const Context& context)
{
    return rows[static_cast<std::size_t>(criterion.row - names.data())].holds(context, criterion.argument);
}

} // namespace

Result<std::vector<Criterion>> server_criteria(std::span<const std::string> words)
{
    static const Context nothing_known;
    auto criteria = TRY(parse_criteria(words, names, Negation::refused));
    for (auto& criterion : criteria)
        TRY(holds(criterion, nothing_known));
    return criteria;
}

Result<bool> match_server(std::span<const std::string> words, const ServerMatchContext* context)
{
    if (!context) {
        auto criteria = TRY(server_criteria(words));
        return criteria.front().row->name == "all";
    }
    auto criteria = TRY(parse_criteria(words, names, Negation::refused));
    bool wants_port = std::ranges::any_of(criteria, [](auto& each) { return each.row->name == "localport"; });
    if (wants_port && context->is_described && context->local_port.value_or(0) == 0)   // as OpenSSH's, before all else
        return bad_input("'Match LocalPort' in configuration but 'lport' not in connection test specification.");
    return all_hold(criteria, [&](const Criterion& criterion) { return holds(criterion, *context); });
}

} // namespace nacre
