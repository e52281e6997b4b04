#include "server/paced_questions.h"

#include <gtest/gtest.h>

#include <string>

#include "server/session_questions.h"

namespace nacre {
namespace {

class PacedQuestionsTest : public testing::Test {
protected:
    PacedQuestionsTest()
    {
        auto pair = make_socket_pair(SocketPairKind::packets);
        ours = MessageSocket{std::move(pair->ours)};
        monitor = MessageSocket{std::move(pair->theirs)};
    }

    // The channels that have arrived at the monitor, up to news of that one.
    std::vector<std::uint32_t> channels_up_to(std::uint32_t last)
    {
        std::vector<std::uint32_t> channels;
        while (channels.empty() || channels.back() != last) {
            auto message = monitor.receive();
            if (!message || !*message)
                break;
            channels.push_back(Reader{(*message)->payload.subspan(1)}.u32());
        }
        return channels;
    }

    MessageSocket ours, monitor;
    PacedQuestions questions{ours};
};

TEST_F(PacedQuestionsTest, AFewAreOpenAndTheOthersWait)
{
    for (std::uint32_t i = 0; i < PacedQuestions::most_open + 10; ++i)
        ASSERT_TRUE(questions.ask(OpenSession{i}));
    ASSERT_TRUE(ours.send(SessionGone{1000}));
    EXPECT_EQ(channels_up_to(1000).size(), PacedQuestions::most_open + 1);
    ASSERT_TRUE(questions.answered());
    ASSERT_TRUE(questions.answered());
    EXPECT_EQ(channels_up_to(PacedQuestions::most_open + 1).size(), 2U);
}

TEST_F(PacedQuestionsTest, NewsKeepTheirPlace)
{
    for (std::uint32_t i = 0; i <= PacedQuestions::most_open; ++i)
        ASSERT_TRUE(questions.ask(OpenSession{i}));
    ASSERT_TRUE(questions.tell(SessionGone{1000}));
    ASSERT_TRUE(questions.answered());
    auto channels = channels_up_to(1000);
    ASSERT_EQ(channels.size(), PacedQuestions::most_open + 2);
    EXPECT_EQ(channels[PacedQuestions::most_open], PacedQuestions::most_open);
}

TEST_F(PacedQuestionsTest, WhatWaitsIsBounded)
{
    for (std::uint32_t i = 0; i < PacedQuestions::most_open; ++i)
        ASSERT_TRUE(questions.ask(OpenSession{i}));
    std::string value(10'000, 'x');
    std::size_t held = 0;
    while (held < 1000 && questions.ask(AskVariable{1, "LANG", value}))
        ++held;
    EXPECT_GT(held, 90U);
    EXPECT_LT(held, 110U);
}

TEST_F(PacedQuestionsTest, AnAnswerToNothingIsNone)
{
    EXPECT_FALSE(questions.answered());
}

} // namespace
} // namespace nacre
