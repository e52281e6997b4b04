#include "server/process_title.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

TEST(ProcessTitle, IsWrittenOverTheArguments)
{
    auto room = name_with_title_room("sshd-session");
    EXPECT_EQ(room.size(), longest_process_title);
    char* argv[] = {room.data(), nullptr};
    ProcessTitle title{1, argv};
    title.set("joe [priv]");
    EXPECT_STREQ(room.data(), "sshd: joe [priv]");
    title.set("jo");
    EXPECT_STREQ(room.data(), "sshd: jo");
}

TEST(ProcessTitle, StaysWithinItsRoom)
{
    std::string room = "sshd-user";
    char* argv[] = {room.data(), nullptr};
    ProcessTitle{1, argv}.set("somebody@notty");
    EXPECT_EQ(room, "sshd: som");
    ProcessTitle{0, argv}.set("x");
    ProcessTitle{}.set("x");
    EXPECT_EQ(room, "sshd: som");
}

} // namespace
} // namespace nacre
