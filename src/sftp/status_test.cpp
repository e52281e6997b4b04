#include "sftp/status.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace nacre::sftp {
namespace {

TEST(StatusOf, AnErrorIsCalledAsOpenSshCallsIt)
{
    EXPECT_EQ(status_of(0), StatusCode::ok);
    for (int error : {ENOENT, ENOTDIR, EBADF, ELOOP})
        EXPECT_EQ(status_of(error), StatusCode::no_such_file) << error;
    for (int error : {EPERM, EACCES, EFAULT})
        EXPECT_EQ(status_of(error), StatusCode::permission_denied) << error;
    for (int error : {ENAMETOOLONG, EINVAL})
        EXPECT_EQ(status_of(error), StatusCode::bad_message) << error;
    EXPECT_EQ(status_of(ENOSYS), StatusCode::op_unsupported);
    for (int error : {EIO, ENOSPC, EEXIST, ENOTEMPTY})
        EXPECT_EQ(status_of(error), StatusCode::failure) << error;
}

} // namespace
} // namespace nacre::sftp
