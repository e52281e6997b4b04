// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/hang_up.h"

#include <climits>

#include "os/process.h"
#include "os/signals.h"
#include "server/privileged/user_files.h"

namespace nacre {

void hang_up_as_user(const UserAccount& account, std::span<const std::uint32_t> programs)
{
    if (programs.empty())
        return;
    auto forked = fork_process();
    if (!forked)
        return;
    if (forked->side == ForkSide::parent) {
        (void)forked->child.wait();
        return;
    }
    if (!become_account(account))
        exit_now(1);
    for (auto pid : programs)
        if (pid <= INT_MAX)
            hang_up_program(static_cast<int>(pid));
    exit_now(0);
}

} // namespace nacre
