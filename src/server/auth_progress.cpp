#include "server/auth_progress.h"

#include <algorithm>

#include "auth/methods.h"
#include "base/text.h"
#include "config/server_methods.h"

namespace nacre {

AuthProgress::AuthProgress(const ServerOptions& options)
{
    auto& wanted = options.authentication_methods;
    if (wanted.empty() || wanted.front() == "any") {
        for (auto& row : server_methods())
            if (row.is_enabled(options))
                lists_.push_back({std::string{row.name}});
        return;
    }
    for (auto& list : wanted) {
        auto names = split(list, ',');
        // A list with a method that is switched off can never be completed.
        if (!std::ranges::all_of(names, [&](auto name) { return can_be_passed(options, name); }))
            continue;
        std::vector<std::string> methods;
        for (auto name : names)
            methods.emplace_back(without_device(name));
        lists_.push_back(std::move(methods));
    }
}

bool AuthProgress::may_try(std::string_view method) const
{
    return std::ranges::any_of(lists_, [&](auto& list) { return !list.empty() && list.front() == method; });
}

std::string AuthProgress::can_continue() const
{
    std::vector<std::string> names;
    for (auto& row : server_methods())
        if (row.name != method::none && may_try(row.name))        // which is never listed (RFC 4252 §5.2)
            names.emplace_back(row.name);
    return join(names, ",");
}

void AuthProgress::withdraw(std::string_view method)
{
    std::erase_if(lists_, [&](auto& list) { return std::ranges::find(list, method) != list.end(); });
}

AuthOutcome AuthProgress::passed(std::string_view method)
{
    auto outcome = AuthOutcome::failure;
    for (auto& list : lists_) {
        if (list.empty() || list.front() != method)
            continue;
        list.erase(list.begin());
        outcome = std::max(outcome, list.empty() ? AuthOutcome::success : AuthOutcome::partial);
    }
    return outcome;
}

} // namespace nacre
