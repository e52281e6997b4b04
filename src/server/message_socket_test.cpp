#include "server/message_socket.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "server/session_questions.h"

namespace nacre {
namespace {

struct Ends {
    MessageSocket ours, theirs;
};

Ends make_ends()
{
    auto pair = make_socket_pair(SocketPairKind::packets);
    return {MessageSocket{std::move(pair->ours)}, MessageSocket{std::move(pair->theirs)}};
}

TEST(MessageSocket, KeepsMessagesApart)
{
    auto ends = make_ends();
    ASSERT_TRUE(ends.ours.send(OpenSession{1}));
    ASSERT_TRUE(ends.ours.send(SessionGone{2}));
    auto first = ends.theirs.receive();
    ASSERT_TRUE(first && *first);
    EXPECT_EQ(decode<OpenSession>((*first)->payload)->session, 1U);
    auto second = ends.theirs.receive();
    ASSERT_TRUE(second && *second);
    EXPECT_EQ(decode<SessionGone>((*second)->payload)->session, 2U);
}

TEST(MessageSocket, DescriptorsComeWithTheirMessage)
{
    auto ends = make_ends();
    auto pipe = make_pipe();
    std::array numbers{pipe->reader.number(), pipe->writer.number()};
    ASSERT_TRUE(ends.ours.send(ProgramRunning{1, true, true}, numbers));
    auto message = ends.theirs.receive();
    ASSERT_TRUE(message && *message);
    ASSERT_EQ((*message)->fds.size(), 2U);
    ASSERT_TRUE(write_all((*message)->fds[1].number(), as_bytes("hello")));
    std::array<std::uint8_t, 5> read{};
    ASSERT_TRUE(read_exactly(pipe->reader.number(), read));
    EXPECT_EQ(as_text(read), "hello");
}

TEST(MessageSocket, AProcessThatIsGoneIsAnEnd)
{
    auto ends = make_ends();
    ends.ours.close();
    auto message = ends.theirs.receive();
    ASSERT_TRUE(message);
    EXPECT_FALSE(message->has_value());
}

TEST(MessageSocket, TheLastWordsOfAProcessAreHeardAlsoIfItDidNotReadOurs)
{
    auto ends = make_ends();
    ASSERT_TRUE(ends.theirs.send(OpenSession{1}));
    ASSERT_TRUE(ends.ours.send(SessionGone{2}));
    ends.ours.close();
    auto last = ends.theirs.receive();
    ASSERT_TRUE(last && *last);
    EXPECT_EQ((*last)->number(), SessionGone::number);
    auto end = ends.theirs.receive();
    ASSERT_TRUE(end);
    EXPECT_FALSE(end->has_value());
}

TEST(MessageSocket, WhoSpeaksToAProcessThatDidNotReadEverythingHearsThatNobodyIsThere)
{
    for (bool by_loop : {false, true}) {
        auto ends = make_ends();
        auto loop = EventLoop::create();
        ASSERT_TRUE(loop);
        if (by_loop)
            ends.theirs.send_by(*loop);
        ASSERT_TRUE(ends.theirs.send(OpenSession{1}));
        ASSERT_TRUE(ends.ours.send(SessionGone{2}));
        ends.ours.close();
        auto sent = ends.theirs.send(OpenSession{3});
        ASSERT_FALSE(sent);
        EXPECT_EQ(sent.error().os_error, EPIPE) << sent.error().what;
        auto last = ends.theirs.receive();
        ASSERT_TRUE(last && *last) << "its last words";
    }
}

TEST(MessageSocket, RefusesToSendMoreThanItsLimit)
{
    auto ends = make_ends();
    EXPECT_FALSE(ends.ours.send_payload(ByteVector(MessageSocket::longest + 1)));
    ASSERT_TRUE(ends.ours.send_payload(ByteVector(MessageSocket::longest)));
    auto message = ends.theirs.receive();
    ASSERT_TRUE(message && *message);
    EXPECT_EQ((*message)->payload.size(), MessageSocket::longest);
}

// Two that wait for each other's room would wait for good.
TEST(MessageSocket, WhoSendsByALoopReadsOnWhileTheOtherWaits)
{
    constexpr std::uint32_t many = 2000;                          // more than a socket has room for
    auto ends = make_ends();
    std::thread waits{[&] {
        for (std::uint32_t i = 0; i < many; ++i)
            if (!ends.theirs.send(OpenSession{i}))
                return;
        for (std::uint32_t i = 0; i < many; ++i) {
            auto message = ends.theirs.receive();
            if (!message || !*message || decode<SessionGone>((*message)->payload)->session != i)
                return;
        }
        (void)ends.theirs.send(SessionGone{many});                // all came, in order
    }};
    auto loop = EventLoop::create();
    ends.ours.send_by(*loop);
    for (std::uint32_t i = 0; i < many; ++i)
        ASSERT_TRUE(ends.ours.send(SessionGone{i}));
    EXPECT_GT(ends.ours.kept(), 0U);
    std::uint32_t heard = 0;
    auto watch = loop->watch(ends.ours.fd(), {.readable = true}, [&](Ready) {
        auto message = ends.ours.receive();
        if (!message || !*message || ++heard > many)
            loop->stop();
    });
    loop->run();
    waits.join();
    EXPECT_EQ(heard, many + 1);
    EXPECT_EQ(ends.ours.kept(), 0U);
    watch.reset();
    ends.ours.send_rest();
}

TEST(MessageSocket, WhatIsKeptIsBoundedAndTakesItsDescriptorsAlong)
{
    auto ends = make_ends();
    auto loop = EventLoop::create();
    ends.ours.send_by(*loop);
    std::size_t sent = 0;
    Result<void> outcome;
    for (; outcome && sent <= MessageSocket::most_kept; ++sent) {
        auto pipe = make_pipe();
        std::array numbers{pipe->reader.number()};
        outcome = sent % 1000 == 0 ? ends.ours.send(ProgramRunning{1, true, true}, numbers) : ends.ours.send(OpenSession{1});
    }
    EXPECT_FALSE(outcome);
    EXPECT_LE(ends.ours.kept(), MessageSocket::most_kept);
    std::thread reads{[&] {
        std::size_t came = 0, descriptors = 0;
        for (auto message = ends.theirs.receive(); message && *message; message = ends.theirs.receive()) {
            ++came;
            descriptors += (*message)->fds.size();
        }
        EXPECT_EQ(came, sent - 1);
        EXPECT_EQ(descriptors, (sent - 1 + 999) / 1000);
    }};
    ends.ours.send_rest();
    ends.ours.close();
    reads.join();
}

TEST(MessageSocket, TheRestIsSentAlsoToOneThatWaitsItself)
{
    auto ends = make_ends();
    auto loop = EventLoop::create();
    ends.ours.send_by(*loop);
    for (std::uint32_t i = 0; i < 2000; ++i)
        ASSERT_TRUE(ends.ours.send(OpenSession{i}));
    std::uint32_t came = 0;
    std::thread waits{[&] {
        for (std::uint32_t i = 0; i < 2000; ++i)
            if (!ends.theirs.send(OpenSession{i}))
                return;
        for (; came < 2000; ++came)
            if (auto message = ends.theirs.receive(); !message || !*message)
                return;
    }};
    ends.ours.send_rest();
    ends.ours.close();
    waits.join();
    EXPECT_EQ(came, 2000U);
}

TEST(MessageSocket, WhatIsTooLongForAPacketTravelsInMemoryWithItsDescriptors)
{
    auto ends = make_ends();
    auto pipe = make_pipe();
    std::array numbers{pipe->reader.number()};
    std::string text(MessageSocket::longest * 4, 'x');
    ASSERT_FALSE(ends.ours.send(AskVariable{1, "NAME", text}));
    ASSERT_TRUE(ends.ours.send_long(AskVariable{1, "NAME", text}, numbers));
    ASSERT_TRUE(ends.ours.send_long(AskVariable{2, "NAME", "short"}));
    auto first = ends.theirs.receive();
    ASSERT_TRUE(first && *first);
    ASSERT_TRUE(ends.theirs.unwrap(**first));
    EXPECT_EQ(decode<AskVariable>((*first)->payload)->value, text);
    EXPECT_EQ((*first)->fds.size(), 1U);
    auto second = ends.theirs.receive();
    ASSERT_TRUE(second && *second);
    ASSERT_TRUE(ends.theirs.unwrap(**second));
    EXPECT_EQ(decode<AskVariable>((*second)->payload)->value, "short");
    std::string endless(MessageSocket::longest_in_memory, 'x');
    EXPECT_FALSE(ends.ours.send_long(AskVariable{3, "NAME", endless}));
}

} // namespace
} // namespace nacre
