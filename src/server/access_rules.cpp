#include "server/access_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/methods.h"
#include "base/address.h"
#include "base/pattern.h"

namespace nacre {
namespace {

bool any_user(const std::vector<std::string>& patterns, const AccessSubject& subject)
{
    return std::ranges::any_of(patterns, [&](auto& pattern) { return matches_user_pattern(pattern, subject); });
}

// Each word is one pattern: no lists by comma and no negation, which "Match Group" alone has.
bool any_group(const std::vector<std::string>& patterns, const AccessSubject& subject)
{
    return std::ranges::any_of(patterns, [&](auto& pattern) {
        return std::ranges::any_of(subject.groups, [&](auto& group) { return matches_pattern(group, pattern); });
    });
}

} // namespace

bool matches_user_pattern(std::string_view pattern, const AccessSubject& subject)
{
    auto at = pattern.rfind('@');
    if (at == std::string_view::npos)
        return matches_pattern(subject.user, pattern);
    return matches_pattern(subject.user, pattern.substr(0, at))
           && matches_client_list(subject.address, subject.host, pattern.substr(at + 1));
}

std::optional<std::string> refused_by_lists(const ServerOptions& options, const AccessSubject& subject)
{
    if (any_user(options.deny_users, subject))
        return "listed in DenyUsers";
    if (!options.allow_users.empty() && !any_user(options.allow_users, subject))
        return "not listed in AllowUsers";
    if (options.deny_groups.empty() && options.allow_groups.empty())
        return std::nullopt;
    if (subject.groups.empty())
        return "not in any group";
    if (any_group(options.deny_groups, subject))
        return "a group is listed in DenyGroups";
    if (!options.allow_groups.empty() && !any_group(options.allow_groups, subject))
        return "none of user's groups are listed in AllowGroups";
    return std::nullopt;
}

bool root_may_log_in(PermitRoot rule, std::string_view method, bool forced_command)
{
    switch (rule) {
    case PermitRoot::yes:
        return true;
    case PermitRoot::prohibit_password:
        return method == method::publickey || method == method::hostbased || method == method::gssapi_with_mic;
    case PermitRoot::forced_commands_only:
        return (method == method::publickey || method == method::hostbased) && forced_command;
    case PermitRoot::no:
        return false;
    }
    return false;
}

} // namespace nacre
