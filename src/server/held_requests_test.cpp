#include "server/held_requests.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

Requested asked(std::string_view request, Bytes details = {}, WantReply want_reply = WantReply::yes)
{
    return {{0}, request, want_reply, details};
}

TEST(HeldRequests, LeaveInTheirOrderAsTheyCame)
{
    HeldRequests held;
    ByteVector details{1, 2, 3};
    ASSERT_TRUE(held.add(asked("signal", details), 7));
    ASSERT_TRUE(held.add(asked("exec", {}, WantReply::no), 9));
    EXPECT_EQ(held.count(), 2u);
    auto first = held.take();
    EXPECT_EQ(first.request, "signal");
    EXPECT_EQ(first.want_reply, WantReply::yes);
    EXPECT_EQ(first.details, details);
    EXPECT_EQ(first.behind, 7u);
    auto second = held.take();
    EXPECT_EQ(second.request, "exec");
    EXPECT_EQ(second.want_reply, WantReply::no);
    EXPECT_EQ(held.count(), 0u);
}

TEST(HeldRequests, AreBoundedInBytes)
{
    HeldRequests held;
    ByteVector half(HeldRequests::most_bytes / 2 - 4);
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(held.add(asked("exec", half), 0));
        ASSERT_TRUE(held.add(asked("exec", half), 0));
        held.take();
        held.take();
    }
    ASSERT_TRUE(held.add(asked("exec", half), 0));
    ASSERT_TRUE(held.add(asked("exec", half), 0));
    EXPECT_EQ(held.admit(asked("env", {}, WantReply::no), 0, true), Admission::left_out);
    auto one_more = held.add(asked("env"), 0);
    ASSERT_FALSE(one_more);
    EXPECT_EQ(one_more.error().kind, ErrorKind::peer_misbehaved);
}

TEST(HeldRequests, WhatWantsNoAnswerIsLeftOutBeyondBoundsAndTakesNobodysRoom)
{
    HeldRequests held;
    auto unheard = asked("env", {}, WantReply::no);
    for (std::size_t open = 0; open < HeldRequests::most_unheard; ++open) {
        ASSERT_EQ(held.admit(unheard, 0, true), Admission::taken) << open;
        ASSERT_TRUE(held.add(unheard, 0));
    }
    EXPECT_EQ(held.admit(unheard, 0, true), Admission::left_out);
    EXPECT_EQ(held.admit(unheard, 0, false), Admission::left_out);
    EXPECT_EQ(held.admit(asked("exec"), HeldRequests::most_unheard - 1, true), Admission::taken);
    EXPECT_EQ(held.admit(asked("exec"), HeldRequests::most_unheard, true), Admission::too_many);
    ByteVector large(HeldRequests::most_bytes / 2);
    EXPECT_EQ(HeldRequests{}.admit(asked("env", large, WantReply::no), 0, false), Admission::taken);
    EXPECT_EQ(HeldRequests{}.admit(asked("env", large, WantReply::no), 0, true), Admission::left_out);
}

TEST(HeldRequests, DataOfARefusedProgramEndsWhereTheNextIsAskedFor)
{
    HeldRequests held;
    EXPECT_EQ(held.take_data_in_vain(5), 5u) << "nothing else was asked for";
    ASSERT_TRUE(held.add(asked("env"), 1));
    EXPECT_EQ(held.take_data_in_vain(5), 5u);
    ASSERT_TRUE(held.add(asked("subsystem"), 10));
    ASSERT_TRUE(held.add(asked("exec"), 30));
    EXPECT_EQ(held.take_data_in_vain(100), 10u);
    held.take();
    held.take();
    EXPECT_EQ(held.take_data_in_vain(90), 20u) << "counted from what is left";
    EXPECT_EQ(held.take().behind, 0u);
}

} // namespace
} // namespace nacre
