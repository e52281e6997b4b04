// Programs that sshd-user has inside itself, so that they also run where nothing can be executed: in a chroot that holds
// nothing but files.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "os/environment.h"

namespace nacre {

// What RunProgram names instead of a path.
inline constexpr std::string_view internal_sftp = "internal-sftp";
inline constexpr std::string_view sftp_only_notice = "sftp-only-notice";   // tells who asks for something else, status 1
inline constexpr std::string_view password_change = "password-change";     // passwd(1), where there is a terminal
inline constexpr std::string_view no_session_notice = "no-session-notice"; // shows its argument, status 254
bool is_built_in(std::string_view program);
bool is_prepared(std::string_view program);                       // prepare_session() comes before it; so with any path

// "internal-sftp" or "internal-sftp ARGUMENTS", as Subsystem and ForceCommand have it.
bool names_internal_sftp(std::string_view command);

// In a process of its own that leads its session, and which it ends.  `streams` become 0, 1, 2, and nothing else stays
// open.
[[noreturn]] void run_built_in_program(const std::string& program, const std::vector<std::string>& arguments,
                                       const Environment& environment, const std::string& home,
                                       const std::array<int, 3>& streams);

} // namespace nacre
