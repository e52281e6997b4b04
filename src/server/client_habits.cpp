#include "server/client_habits.h"

#include <algorithm>
#include <array>

#include "transport/version_exchange.h"

namespace nacre {
namespace {

constexpr std::array<std::string_view, 3> of_the_draft{"AsyncSSH_", "libssh_", "WinSCP_"};

} // namespace

bool needs_a_nudge(std::string_view version_line) { return software_of(version_line).starts_with("dropbear_"); }

bool names_link_first(std::string_view version_line, std::string_view addendum)
{
    auto software = software_of(version_line);
    return !addendum.contains("OpenSSH") &&
           std::ranges::any_of(of_the_draft, [&](auto& name) { return software.starts_with(name); });
}

} // namespace nacre
