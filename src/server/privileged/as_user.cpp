// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/as_user.h"

#include <csignal>

#include "os/privileges.h"
#include "os/process.h"
#include "server/privileged/user_files.h"

namespace nacre {

bool done_as_user(const UserAccount& account, const std::function<bool()>& work)
{
    auto forked = fork_process();
    if (!forked)
        return false;
    if (forked->side == ForkSide::child) {
        bool became = become_account(account).has_value();
        (void)die_with_parent(SIGKILL);                           // work that hangs does not outlive its connection
        exit_now(became && work() ? 0 : 1);
    }
    auto status = forked->child.wait();
    return status && status->success();
}

} // namespace nacre
