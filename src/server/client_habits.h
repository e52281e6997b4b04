// What is known of clients by the name that they give themselves in their version line.
#pragma once

#include <string_view>

namespace nacre {

// dbclient looks whether anything is still open only when something comes.  Its last CLOSE may leave later than that, once
// its output is printed: without a further packet it would wait for ever (seen with 2022.83).
bool needs_a_nudge(std::string_view version_line);

// In SSH_FXP_SYMLINK, as draft-ietf-secsh-filexfer-02 §6.10 has it, where all others name the target first.  These clients
// go by our version line, which ends with `addendum`.
bool names_link_first(std::string_view version_line, std::string_view addendum);

// These end the connection, or lose their way, when the host's keys are told after the login (hostkeys-00@openssh.com).
bool may_hear_of_host_keys(std::string_view version_line);

// Of a remote forwarding to a port that the server chose, these know the port that they asked for: 0 (OpenSSH 5.x).
bool names_asked_port(std::string_view version_line);

} // namespace nacre
