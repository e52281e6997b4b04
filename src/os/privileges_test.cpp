#include "os/privileges.h"

#include <gtest/gtest.h>

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "support/in_child.h"

namespace nacre {
namespace {

TEST(Become, IsForGood)
{
    if (!is_root())
        GTEST_SKIP() << "needs root";
    EXPECT_EQ(test::in_child([] {
                  if (!become({65534, 65534, {65534, 7}}))
                      return 1;
                  if (::setuid(0) == 0 || ::setgid(0) == 0 || ::setgroups(0, nullptr) == 0)
                      return 2;
                  if (!become({65534, 65534, {7, 65534}}))        // already so
                      return 3;
                  return become({0, 0, {}}) || become({65534, 65534, {}}) ? 4 : 0;
              }),
              0);
}

TEST(Become, WithoutRootNobodyElse)
{
    EXPECT_EQ(test::in_child([] {
                  if (is_root() && !become({65534, 65534, {}}))
                      return 1;
                  return become({::getuid() + 1, ::getgid(), {}}) ? 2 : 0;
              }),
              0);
}

TEST(LentGroup, IsGivenBackForGood)
{
    if (!is_root())
        GTEST_SKIP() << "needs root";
    EXPECT_EQ(test::in_child([] {
                  if (::setgroups(0, nullptr) != 0 || ::setresgid(7, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0)
                      return 1;                                   // as if the program were set-group-ID
                  if (!give_back_lent_group())
                      return 2;
                  return ::getegid() != 7 || ::setgid(65534) == 0 || ::setresgid(7, 65534, 7) == 0 ? 3 : 0;
              }),
              0);
    EXPECT_EQ(test::in_child([] { return give_back_lent_group() && ::getegid() == ::getgid() ? 0 : 1; }), 0);
}

TEST(Capabilities, AreAllGone)
{
    EXPECT_EQ(test::in_child([] {
                  if (is_root() && !empty_bounding_set())
                      return 1;
                  if (!drop_all_capabilities())
                      return 2;
                  if (::chroot("/") == 0)
                      return 3;
                  return ::prctl(PR_CAPBSET_READ, 0) == 1 && ::geteuid() == 0 ? 4 : 0;
              }),
              0);
}

TEST(Tracing, IsForbidden)
{
    EXPECT_EQ(test::in_child([] { return forbid_tracing() && ::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1; }), 0);
    EXPECT_EQ(test::in_child([] {
                  return forbid_new_privileges() && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
              }),
              0);
}

TEST(Limits, AreSetSoftAndHard)
{
    EXPECT_EQ(test::in_child([] {
                  if (!set_limit(Limit::open_files, 64) || *current_limit(Limit::open_files) != 64)
                      return 1;
                  // A server may have been started with less than it would allow its processes.
                  return set_limit(Limit::open_files, 65) && *current_limit(Limit::open_files) == 64 ? 0 : 2;
              }),
              0);
}

} // namespace
} // namespace nacre
