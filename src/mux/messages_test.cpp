#include "mux/messages.h"

#include <gtest/gtest.h>

namespace nacre::mux {
namespace {

TEST(MuxMessages, AreFramedByTheirLengthAndBeginWithTheirType)
{
    EXPECT_EQ(to_hex(frame(AliveCheck{7})), "00000008" "10000004" "00000007");
    EXPECT_EQ(to_hex(frame(Hello{})), "00000008" "00000001" "00000004");
    EXPECT_EQ(to_hex(frame(Failed{1, "no"})), "0000000e" "80000003" "00000001" "000000026e6f");
}

TEST(MuxMessages, AreFoundOneByOneAndOnlyWhenComplete)
{
    auto bytes = frame(AliveCheck{1});
    auto second = frame(Terminate{2});
    bytes.insert(bytes.end(), second.begin(), second.end());
    for (std::size_t size = 0; size < 12; ++size) {
        auto nothing = next_frame(Bytes{bytes}.first(size), frames);
        ASSERT_TRUE(nothing);
        EXPECT_FALSE(*nothing);
    }
    auto first = next_frame(bytes, frames);
    ASSERT_TRUE(first && *first);
    EXPECT_EQ(type_of(**first), AliveCheck::type);
    EXPECT_EQ(read<AliveCheck>(**first)->request, 1u);
    EXPECT_FALSE(read<Terminate>(**first));
}

TEST(MuxMessages, WithImpossibleLengthsEndTheConversation)
{
    EXPECT_FALSE(next_frame(*from_hex("ffffffff00000001"), frames));
    EXPECT_FALSE(next_frame(*from_hex("00000003000000"), frames));
    EXPECT_FALSE(next_frame(*from_hex("00000000"), frames));
}

TEST(MuxMessages, KeepASessionsEnvironmentAsItCame)
{
    ByteVector environment;
    Writer{environment}.string("LANG=C").string("A=b c");
    auto bytes = frame(NewSession{.request = 3, .reserved = {}, .wants_tty = 1, .wants_x11 = 0, .wants_agent = 0, .is_subsystem = 0,
                                  .escape = '~', .term = "xterm", .command = "ls", .environment = {environment}});
    auto body = next_frame(bytes, frames);
    ASSERT_TRUE(body && *body);
    auto session = read<NewSession>(**body);
    ASSERT_TRUE(session);
    EXPECT_EQ(session->command, "ls");
    EXPECT_EQ(to_hex(session->environment.bytes), to_hex(environment));
}

TEST(MuxMessages, CutShortAreRefused)
{
    auto bytes = frame(OpenForward{1, ForwardType::local, "localhost", 80, "host", 81});
    for (std::size_t size = 4; size + 4 < bytes.size(); ++size)
        EXPECT_FALSE(read<OpenForward>(Bytes{bytes}.subspan(4, size)));
}

} // namespace
} // namespace nacre::mux
