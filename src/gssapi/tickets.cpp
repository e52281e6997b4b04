#include "gssapi/tickets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "os/environment.h"
#include "os/safe_file.h"
#include "os/user.h"

namespace nacre::gssapi {
namespace {

// kerberos(7): where tickets and configuration are looked for; the last one is of gssproxy(8).
constexpr std::array variables{"KRB5CCNAME", "KRB5_CONFIG", "KRB5_CLIENT_KTNAME", "GSS_USE_PROXY"};
// Without it tickets lie in a file of /tmp.
constexpr std::array configurations{"/etc/krb5.conf", "/etc/krb5.conf.d", "/usr/etc/krb5.conf"};

bool exists(const std::string& path) { return file_facts(path).has_value(); }

} // namespace

bool may_have_ticket()
{
    return std::ranges::any_of(variables, [](auto* name) { return environment_variable(name).has_value(); }) ||
        std::ranges::any_of(configurations, [](auto* path) { return exists(path); }) ||
        exists(fmt::format("/tmp/krb5cc_{}", real_uid()));
}

} // namespace nacre::gssapi
