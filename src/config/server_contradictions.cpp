#include "config/server_contradictions.h"

#include <algorithm>

#include "base/text.h"
#include "config/none.h"
#include "config/server_methods.h"

namespace nacre {
namespace {

// "any" is no method.  With "none" nobody comes in unless PermitEmptyPasswords lets accounts without a password in; both
// may be meant.
bool can_be_satisfied(std::string_view list, const ServerOptions& options)
{
    return std::ranges::all_of(split(list, ','), [&](auto method) {
        return method == "any" || method == "none" || can_be_passed(options, method);
    });
}

bool nothing_satisfies(const ServerOptions& options)
{
    auto& lists = options.authentication_methods;
    return !lists.empty() && std::ranges::none_of(lists, [&](auto& list) { return can_be_satisfied(list, options); });
}

constexpr std::array rows{
    ServerContradiction{{"AuthorizedKeysCommand"},
                        [](const ServerOptions& o) {
                            return !o.authorized_keys_command.empty() && o.authorized_keys_command_user.empty();
                        },
                        "AuthorizedKeysCommand set without AuthorizedKeysCommandUser"},
    ServerContradiction{{"AuthorizedPrincipalsCommand"},
                        [](const ServerOptions& o) {
                            return !o.authorized_principals_command.empty() && o.authorized_principals_command_user.empty();
                        },
                        "AuthorizedPrincipalsCommand set without AuthorizedPrincipalsCommandUser"},
    ServerContradiction{{"AuthenticationMethods"}, nothing_satisfies,
                        "AuthenticationMethods cannot be satisfied by the methods that are switched on"},
};

} // namespace

std::span<const ServerContradiction> server_contradictions() { return rows; }

} // namespace nacre
