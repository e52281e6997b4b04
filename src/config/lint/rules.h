// The rules of --lint: one row each, with the name that a finding shows and that a manual page explains.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace nacre::lint {

// In this order they decide the exit status.
enum class Severity : std::uint8_t { note, warning, error };

struct Rule {
    std::string_view name;
    Severity severity;
    std::string_view description;
};

// clang-format off
namespace rule {
using enum Severity;

// What a file says.
inline constexpr Rule bad_line{"bad-line", error, "a line that cannot be taken apart"};
inline constexpr Rule unknown_keyword{"unknown-keyword", error, "no such keyword"};
inline constexpr Rule bad_value{"bad-value", error, "a value that the keyword does not take"};
inline constexpr Rule bad_condition{"bad-condition", error, "a Match line that cannot be understood"};
inline constexpr Rule global_in_match{"global-in-match", error, "a keyword that may not stand in a Match block"};
inline constexpr Rule unreadable_file{"unreadable-file", error, "a file that cannot be read, or that includes itself"};
inline constexpr Rule writable_by_others{"writable-by-others", error, "others can change a file of the configuration"};
inline constexpr Rule obsolete_keyword{"obsolete-keyword", warning, "a keyword that no longer does anything"};
inline constexpr Rule no_effect_yet{"no-effect-yet", warning, "a keyword that this version does not obey"};
inline constexpr Rule old_name{"old-name", note, "a keyword that has a newer name"};
inline constexpr Rule include_finds_nothing{"include-finds-nothing", warning, "an Include of a file that is not there"};
inline constexpr Rule missing_file{"missing-file", warning, "a keyword names a file that is not there"};

// What never counts.
inline constexpr Rule never_takes_effect{"never-takes-effect", warning, "an earlier line has set the keyword already"};
inline constexpr Rule swallowed_by_block{"swallowed-by-block", warning, "a line that looks global and belongs to a block"};
inline constexpr Rule perhaps_swallowed{"perhaps-swallowed", note, "a line behind a gap that still belongs to a Match block"};
inline constexpr Rule never_matches{"never-matches", warning, "a block whose patterns no host can match"};
inline constexpr Rule comma_in_host{"comma-in-host", warning, "a comma in a Host line, whose patterns blanks separate"};
inline constexpr Rule empty_block{"empty-block", note, "a Host or Match line with nothing under it"};

// What is weak.
inline constexpr Rule weak_algorithm{"weak-algorithm", warning, "an algorithm that should not be used any more"};
inline constexpr Rule no_post_quantum{"no-post-quantum", note, "key exchanges that a quantum computer could break later"};
inline constexpr Rule algorithm_not_here{"algorithm-not-here", note, "an algorithm that this version does not have"};

// What is dangerous: the server.
inline constexpr Rule root_password{"root-password", warning, "root may log in with a password"};
inline constexpr Rule empty_passwords{"empty-passwords", warning, "accounts without a password are open"};
inline constexpr Rule no_way_in{"no-way-in", error, "every way to log in is switched off"};
inline constexpr Rule contradiction{"contradiction", error, "keywords that cannot hold together"};
inline constexpr Rule relative_root{"relative-root", error, "a ChrootDirectory that begins nowhere: with neither a slash nor a home"};
inline constexpr Rule refused{"refused", error, "sshd does not start with this, here"};
inline constexpr Rule unusable_host_key{"unusable-host-key", warning, "a host key or its certificate that cannot be used"};
inline constexpr Rule hosts_not_enforced{"hosts-not-enforced", warning, "hosts.allow and hosts.deny have rules, but no effect"};
inline constexpr Rule no_strict_modes{"no-strict-modes", warning, "keys of users are believed whoever can write them"};
inline constexpr Rule user_environment{"user-environment", warning, "users' variables can get around restrictions"};
inline constexpr Rule sftp_forwards{"sftp-forwards", warning, "users held to sftp can still forward ports"};
inline constexpr Rule x11_for_all{"x11-for-all", warning, "forwarded displays listen for the whole network"};
inline constexpr Rule no_grace_limit{"no-grace-limit", warning, "a client may stay without logging in for ever"};
inline constexpr Rule many_auth_tries{"many-auth-tries", warning, "very many passwords per connection"};
inline constexpr Rule command_as_root{"command-as-root", warning, "a program that strangers can cause to run runs as root"};
inline constexpr Rule keys_in_shared_place{"keys-in-shared-place", warning, "users' keys lie where anybody can put files"};
inline constexpr Rule group_list{"group-list", warning, "a list or a negation where each word is the name of a group"};
inline constexpr Rule small_rsa_keys{"small-rsa-keys", warning, "RSA keys below 2048 bits are allowed"};
inline constexpr Rule nothing_logged{"nothing-logged", warning, "logins and failures leave no trace"};

// What is dangerous: the client.
inline constexpr Rule hosts_not_checked{"hosts-not-checked", warning, "any machine is taken for the host"};
inline constexpr Rule nothing_remembered{"nothing-remembered", warning, "keys of hosts are not kept, so a change is not seen"};
inline constexpr Rule agent_for_all{"agent-for-all", warning, "every host that one logs in to can use the agent"};
inline constexpr Rule display_for_all{"display-for-all", warning, "every host that one logs in to can watch the keyboard"};
inline constexpr Rule tickets_for_all{"tickets-for-all", warning, "every host that one logs in to gets Kerberos tickets"};
inline constexpr Rule shared_control_path{"shared-control-path", warning, "connections to different hosts share one socket"};
inline constexpr Rule socket_in_shared_place{"socket-in-shared-place", warning, "a control socket lies where anybody can put files"};
inline constexpr Rule local_command_for_all{"local-command-for-all", note, "commands run here for every host"};
} // namespace rule

inline constexpr std::array all_rules{
    &rule::bad_line, &rule::unknown_keyword, &rule::bad_value, &rule::bad_condition, &rule::global_in_match,
    &rule::unreadable_file, &rule::writable_by_others, &rule::obsolete_keyword, &rule::no_effect_yet, &rule::old_name,
    &rule::include_finds_nothing, &rule::missing_file, &rule::never_takes_effect, &rule::swallowed_by_block,
    &rule::perhaps_swallowed, &rule::never_matches, &rule::comma_in_host, &rule::empty_block, &rule::weak_algorithm,
    &rule::no_post_quantum, &rule::algorithm_not_here, &rule::root_password, &rule::empty_passwords, &rule::no_way_in,
    &rule::contradiction, &rule::relative_root, &rule::refused, &rule::unusable_host_key, &rule::hosts_not_enforced,
    &rule::no_strict_modes,
    &rule::user_environment, &rule::sftp_forwards, &rule::x11_for_all, &rule::no_grace_limit, &rule::many_auth_tries,
    &rule::command_as_root, &rule::keys_in_shared_place, &rule::group_list, &rule::small_rsa_keys,
    &rule::nothing_logged, &rule::hosts_not_checked, &rule::nothing_remembered, &rule::agent_for_all,
    &rule::display_for_all, &rule::tickets_for_all, &rule::shared_control_path, &rule::socket_in_shared_place,
    &rule::local_command_for_all,
};
// clang-format on

} // namespace nacre::lint
