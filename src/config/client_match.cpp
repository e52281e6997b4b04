#include "config/client_match.h"

#include <array>

#include "base/address.h"
#include "base/pattern.h"
#include "base/text.h"
#include "config/expand.h"
#include "config/match.h"

namespace nacre {
namespace {

using Context = ClientMatchContext;

bool matches(std::string_view text, std::string_view patterns)
{
    return matches_pattern_list(text, patterns) == PatternMatch::yes;
}

// Unlike the patterns of a Host line, those of Match heed no case.
bool matches_host(std::string_view host, std::string_view patterns)
{
    return matches_pattern_list(host, patterns, Case::ignored) == PatternMatch::yes;
}

// As OpenSSH: an empty argument, and nothing else, means that there is no command, or no tag.
bool matches_if_given(std::string_view text, std::string_view patterns)
{
    return text.empty() ? patterns.empty() : matches(text, patterns);
}

Result<bool> never_fails(bool value) { return value; }

// HostName if it is set already, else what was typed.
std::string host_to_match(const Context& context)
{
    return context.options.host_name.empty() ? std::string{context.host} : real_host(context.options, context.host);
}

Result<bool> exec(const Context& context, std::string_view command)
{
    auto values = client_tokens(context.options, context.situation, context.host);
    auto expanded = TRY(expand_tokens(command, values, tokens::client));
    return context.sources.run(expanded);
}

Result<void> check_tokens(std::string_view command)
{
    static const auto values = client_tokens(ClientOptions{}, ClientSituation{}, "");
    TRY(expand_tokens(command, values, tokens::client));
    return {};
}

Result<void> check_networks(std::string_view networks)
{
    TRY(match_network_list("", networks));
    return {};
}

Result<bool> local_network(const Context& context, std::string_view networks)
{
    bool found = false;
    for (auto& address : context.sources.interface_addresses()) {
        bool matches_one = TRY(match_network_list(to_text(address), networks));
        found = found || matches_one;
    }
    return found;
}

std::string_view session_type(const Context& context)
{
    if (context.options.session_type == SessionType::none)
        return "none";
    if (context.options.session_type == SessionType::subsystem || context.situation.subsystem)
        return "subsystem";
    bool command = !context.situation.command.empty() || !context.options.remote_command.empty();
    return command ? "exec" : "shell";
}

Result<bool> command(const Context& context, std::string_view patterns)
{
    auto& line = context.situation.command.empty() ? context.options.remote_command : context.situation.command;
    return matches_if_given(line, patterns);
}

Result<bool> tagged(const Context& context, std::string_view patterns)
{
    return matches_if_given(context.options.tag, patterns);
}

struct Row : CriterionRow {
    Result<bool> (*holds)(const Context&, std::string_view argument);
    Result<void> (*check)(std::string_view argument) = nullptr;   // where not every argument makes sense
};

constexpr std::array rows{
    Row{{"all", false}, [](auto&, auto) { return never_fails(true); }},
    Row{{"canonical", false, true}, [](auto& c, auto) { return never_fails(c.final_pass); }},
    Row{{"command", true}, command},
    Row{{"exec", true}, exec, check_tokens},
    Row{{"final", false, true}, [](auto& c, auto) { return never_fails(c.final_pass); }},
    Row{{"host", true},
        [](auto& c, auto patterns) { return never_fails(matches_host(host_to_match(c), patterns)); }},
    Row{{"localnetwork", true}, local_network, check_networks},
    Row{{"localuser", true},
        [](auto& c, auto patterns) { return never_fails(matches(c.situation.local_user, patterns)); }},
    Row{{"originalhost", true},
        [](auto& c, auto patterns) { return never_fails(matches_host(c.situation.host, patterns)); }},
    Row{{"sessiontype", true},
        [](auto& c, auto patterns) { return never_fails(matches(session_type(c), patterns)); }},
    Row{{"tagged", true}, tagged},
    Row{{"user", true},
        [](auto& c, auto patterns) {
            return never_fails(matches(c.options.user.empty() ? c.situation.local_user : c.options.user, patterns));
        }},
    Row{{"version", true}, [](auto& c, auto patterns) { return never_fails(matches(c.situation.version, patterns)); }},
};

constexpr auto names = [] {
    std::array<CriterionRow, rows.size()> plain{};
    for (std::size_t i = 0; i < rows.size(); ++i)
        plain[i] = rows[i];
    return plain;
}();

const Row& row_of(const Criterion& criterion) { return rows[static_cast<std::size_t>(criterion.row - names.data())]; }

} // namespace

Result<std::vector<Criterion>> client_criteria(std::span<const std::string> words)
{
    auto criteria = TRY(parse_criteria(words, names, Negation::allowed));
    for (auto& criterion : criteria)
        if (auto check = row_of(criterion).check)
            TRY(check(criterion.argument));
    return criteria;
}

Result<ClientMatchResult> match_client(std::span<const std::string> words, const ClientMatchContext& context,
                                       bool evaluate)
{
    auto criteria = TRY(client_criteria(words));
    ClientMatchResult result{false, false};
    for (auto& criterion : criteria)
        result.asks_for_final_pass = result.asks_for_final_pass || criterion.row->name == "final";
    if (!evaluate)
        return result;
    result.holds = TRY(all_hold(criteria, [&](const Criterion& criterion) {
        return row_of(criterion).holds(context, criterion.argument);
    }));
    return result;
}

} // namespace nacre
