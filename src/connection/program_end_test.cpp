#include "connection/program_end.h"

#include <gtest/gtest.h>

#include "connection/channel_requests.h"

namespace nacre {
namespace {

template <class Message>
std::optional<ProgramEnd> read(const Message& message)
{
    auto details = encode(message);
    return read_program_end({{}, Message::name, WantReply::no, details});
}

TEST(ProgramEnd, HasAStatusOrASignal)
{
    auto ended = read(ExitStatusRequest{0x107});
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->status, 0x107U);
    EXPECT_EQ(ended->exit_status(), 7);

    auto killed = read(ExitSignalRequest{"SEGV", true, "", ""});
    ASSERT_TRUE(killed);
    EXPECT_FALSE(killed->status);
    EXPECT_EQ(killed->signal, "SEGV");
    EXPECT_TRUE(killed->core_dumped);
    EXPECT_EQ(killed->exit_status(), 255);
}

TEST(ProgramEnd, KeepsItsStatusWhateverElseIsSaid)
{
    for (bool status_first : {true, false}) {
        ProgramEnd end;
        if (status_first)
            end.learn(*read(ExitStatusRequest{7}));
        end.learn(*read(ExitSignalRequest{"SEGV", true, "", ""}));
        if (!status_first)
            end.learn(*read(ExitStatusRequest{7}));
        EXPECT_EQ(end.exit_status(), 7);
        EXPECT_EQ(end.signal, "SEGV");
    }
}

TEST(ProgramEnd, IsNotWhatSaysSomethingElse)
{
    EXPECT_FALSE(read(EndOfWrite{}));
    EXPECT_FALSE(read(BreakRequest{7})) << "as long as a status, by another name";
    EXPECT_FALSE(read_program_end({{}, ExitStatusRequest::name, WantReply::no, {}})) << "cut off";
}

} // namespace
} // namespace nacre
