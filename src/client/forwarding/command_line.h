// What ~C does: a line typed at the terminal adds or cancels a forwarding of the running connection.
#pragma once

#include <string_view>

#include "client/forwarding/forwarding.h"
#include "client/terminal_session.h"

namespace nacre {

// Answers are shown in the session's terminal.  `may_run_locally`: PermitLocalCommand.
void obey_forward_command(std::string_view line, Forwarding& forwarding, TerminalSession& session, bool may_run_locally);

} // namespace nacre
