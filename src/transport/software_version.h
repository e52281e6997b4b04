// What all our programs call themselves.
#pragma once

#include <string_view>

namespace nacre {

inline constexpr std::string_view software_version = "Nacre_0.1";
inline constexpr std::string_view our_version_line = "SSH-2.0-Nacre_0.1";   // RFC 4253 §4.2, without comment and line end
static_assert(our_version_line.ends_with(software_version));
// What -V and -v say: file managers, key managers and auditors look for the first word, some at the beginning, to find out
// what this program's options are.
inline constexpr std::string_view shown_version = "OpenSSH_10.0-compatible Nacre_0.1";
static_assert(shown_version.ends_with(software_version));

} // namespace nacre
