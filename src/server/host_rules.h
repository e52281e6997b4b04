// PRIVILEGED: used by sshd and sshd-session.  Is anything said in /etc/hosts.allow and /etc/hosts.deny (hosts_access(5))?
//
// What it means the system's libwrap knows, which is loaded where there is something to know (server/privileged/host_access).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nacre {

inline constexpr const char* host_rules_library = "libwrap.so.0";
inline constexpr const char* host_rules_package = "libwrap0";     // Debian's name of what has it

// Whether a line is neither blank nor a comment, lines being what libwrap takes for such: one that ends in a backslash goes
// on in the next, and a comment has its '#' in front of all else.
bool has_host_rules(std::string_view text);
// Whether one of these files has rules.  One that is there and cannot be read is for libwrap to judge.
bool files_have_host_rules(std::span<const std::string> files);
bool there_are_host_rules();                                      // in the system's two files, now

// What is wrong, where there are rules and nobody to enforce them: libwrap cannot be loaded.  It does not stay.
std::optional<std::string> unenforced_host_rules();
std::string unenforced_host_rules(std::string_view why);          // the same sentence, of whoever has tried it

} // namespace nacre
