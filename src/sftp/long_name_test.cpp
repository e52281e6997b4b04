#include "sftp/long_name.h"

#include <gtest/gtest.h>

namespace nacre::sftp {
namespace {

std::string mode_of(std::uint32_t mode) { return long_name({.mode = mode}).substr(0, 10); }

TEST(LongName, HasItsColumns)
{
    EXPECT_EQ(long_name({.mode = 0100644, .links = "1", .owner = "joe", .group = "users", .size = "11",
                         .date = "Nov 28 23:45", .name = "f"}),
              "-rw-r--r--    1 joe      users          11 Nov 28 23:45 f");
    EXPECT_EQ(long_name({.mode = 0, .links = "?", .owner = "long-owner", .group = "long-group", .size = "123456789",
                         .date = "Nov 28  2026", .name = "a b"}),
              "?---------    ? long-owner long-group 123456789 Nov 28  2026 a b");
}

TEST(LongName, BeginsWithWhatTheFileIsAndWhoMayDoWhat)
{
    EXPECT_EQ(mode_of(0040755), "drwxr-xr-x");
    EXPECT_EQ(mode_of(0120777), "lrwxrwxrwx");
    EXPECT_EQ(mode_of(0140700), "srwx------");
    EXPECT_EQ(mode_of(0060060), "b---rw----");
    EXPECT_EQ(mode_of(0020006), "c------rw-");
    EXPECT_EQ(mode_of(0010000), "p---------");
    EXPECT_EQ(mode_of(0107777), "-rwsrwsrwt");
    EXPECT_EQ(mode_of(0107666), "-rwSrwSrwT");
}

} // namespace
} // namespace nacre::sftp
