#include "server/auth_progress.h"

#include <algorithm>
#include <array>

#include "auth/methods.h"
#include "base/text.h"

namespace nacre {
namespace {

struct ServerMethod {
    std::string_view name;
    bool (*enabled)(const ServerOptions&);
};

// In the order in which clients are told of them.
constexpr std::array server_methods{
    ServerMethod{method::publickey, [](const ServerOptions& o) { return o.pubkey_authentication; }},
    ServerMethod{method::password, [](const ServerOptions& o) { return o.password_authentication; }},
    // The questions come from PAM; without it there is nothing to ask.
    ServerMethod{method::keyboard_interactive,
                 [](const ServerOptions& o) { return o.kbd_interactive_authentication && o.use_pam; }},
    ServerMethod{method::hostbased, [](const ServerOptions& o) { return o.hostbased_authentication; }},
    ServerMethod{method::gssapi_with_mic, [](const ServerOptions& o) { return o.gssapi_authentication; }},
};

std::string_view without_device(std::string_view method) { return method.substr(0, method.find(':')); }

bool is_enabled(const ServerOptions& options, std::string_view method)
{
    return std::ranges::any_of(server_methods,
                               [&](auto& row) { return row.name == method && row.enabled(options); });
}

} // namespace

AuthProgress::AuthProgress(const ServerOptions& options)
{
    auto& wanted = options.authentication_methods;
    if (wanted.empty() || wanted.front() == "any") {
        for (auto& row : server_methods)
            if (row.enabled(options))
                lists_.push_back({std::string{row.name}});
        return;
    }
    for (auto& list : wanted) {
        std::vector<std::string> methods;
        for (auto name : split(list, ','))
            methods.emplace_back(without_device(name));
        // A list with a method that is switched off can never be completed.
        if (std::ranges::all_of(methods, [&](auto& method) { return is_enabled(options, method); }))
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
    for (auto& row : server_methods)
        if (may_try(row.name))
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
