#include "server/client_habits.h"

#include <algorithm>
#include <array>

#include "base/pattern.h"
#include "transport/version_exchange.h"

namespace nacre {
namespace {

// What makes them name the target first: something in our version line, which the administrator may add.
struct FollowsDraft {
    std::string_view client;
    bool (*is_turned)(std::string_view addendum);
};

bool is_never(std::string_view) { return false; }

bool by_number(std::string_view addendum)                         // "OpenSSH", any character, a number
{
    auto name = addendum.find("OpenSSH");
    auto number = name == std::string_view::npos ? std::string_view{} : addendum.substr(name + 7);
    return number.size() > 1 && number[1] >= '0' && number[1] <= '9';
}

bool by_name(std::string_view addendum) { return addendum.contains("OpenSSH") || addendum.contains("paramiko"); }

constexpr std::array rows{
    FollowsDraft{"AsyncSSH_", by_name},
    FollowsDraft{"WinSCP_", is_never},                            // looks at the beginning, where we say Nacre
    FollowsDraft{"libssh_", by_number},
};

constexpr std::string_view deaf_to_host_keys =
    "Cisco-1.*,TeraTerm SSH*,TTSSH/1.5.*,TTSSH/2.1*,TTSSH/2.2*,TTSSH/2.3*,TTSSH/2.4*,TTSSH/2.5*,TTSSH/2.6*,TTSSH/2.70*,"
    "TTSSH/2.71*,TTSSH/2.72*";

} // namespace

bool needs_a_nudge(std::string_view version_line) { return software_of(version_line).starts_with("dropbear_"); }

bool names_asked_port(std::string_view version_line) { return software_of(version_line).starts_with("OpenSSH_5."); }

bool names_link_first(std::string_view version_line, std::string_view addendum)
{
    auto software = software_of(version_line);
    auto row = std::ranges::find_if(rows, [&](auto& each) { return software.starts_with(each.client); });
    return row != rows.end() && !row->is_turned(addendum);
}

bool may_hear_of_host_keys(std::string_view version_line)
{
    return matches_pattern_list(software_of(version_line), deaf_to_host_keys) == PatternMatch::none;
}

} // namespace nacre
