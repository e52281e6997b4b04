#include "server/privileged/user_files.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/privileges.h"
#include "support/in_child.h"

namespace nacre {
namespace {

// The user's own process by then, with the host keys in its memory.  Where fs.suid_dumpable is 0 the kernel sees to it, too.
TEST(BecomeAccount, LetsNobodyLookIntoTheCopy)
{
    if (!is_root())
        GTEST_SKIP() << "needs root";
    UserAccount account;
    account.name = "nobody";
    account.uid = account.gid = 65534;
    EXPECT_EQ(test::in_child([&] {
                  if (!become_account(account) || ::geteuid() != account.uid)
                      return 1;
                  return ::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 2;
              }),
              0);
}

} // namespace
} // namespace nacre
