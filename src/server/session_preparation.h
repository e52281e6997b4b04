// What runs before a user's program: ~/.ssh/rc, or else /etc/ssh/sshrc, or else xauth (sshd(8), SSHRC).
//
// Called in the process that becomes the program, as the user, once it leads the program's session.  Whatever runs here
// writes to the program's own output; how it ends does not matter.
#pragma once

#include <string>

#include "os/process.h"

namespace nacre {

struct SessionPreparation {
    std::string user_rc;                                          // .ssh/rc in the directory of `like`; empty: not looked for
    std::string shell;                                            // the user's, which runs it
    std::string xauth;
    std::string display;                                          // "localhost:10.0"; empty: none is forwarded
    std::string protocol, cookie;                                 // is_display_cookie() holds
};

// `like`: environment, directory and descriptors of the program.
void prepare_session(const SessionPreparation& preparation, const SpawnRequest& like);

// What xauth reads.  Not its arguments, which everybody on the machine could see.
std::string xauth_script(const SessionPreparation& preparation);

} // namespace nacre
