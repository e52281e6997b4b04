#include "client/timeline.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

using namespace std::chrono_literals;

const TimePoint start = TimePoint{} + 1h;

TEST(RoundTripsTest, AnAnswerIsWhatComesAfterSomethingWasSent)
{
    RoundTrips trips;
    trips.look(start, 100, 0);
    trips.look(start + 10ms, 100, 50);
    trips.look(start + 11ms, 100, 90);                            // the rest of the answer
    EXPECT_EQ(trips.traffic().round_trips, 1u);
    trips.look(start + 11ms, 150, 90);
    trips.look(start + 21ms, 150, 91);
    EXPECT_EQ(trips.traffic().round_trips, 2u);
    EXPECT_EQ(trips.traffic().sent, 150u);
    EXPECT_EQ(trips.traffic().received, 91u);
}

TEST(RoundTripsTest, WhatCannotBeAnAnswerYetIsNone)
{
    RoundTrips trips;
    trips.path_takes(10ms);
    trips.look(start, 100, 0);
    trips.look(start + 1ms, 100, 20);                             // was on its way
    EXPECT_EQ(trips.traffic().round_trips, 0u);
    trips.look(start + 10ms, 100, 50);
    EXPECT_EQ(trips.traffic().round_trips, 1u);
}

Timeline example()
{
    Timeline timeline{start, "joe@example.org"};
    timeline.add(start + 1500us, {}, "name", "192.0.2.1");
    timeline.add(start + 12ms, {100, 40, 1}, "version", "SSH-2.0-<&\"> ");
    timeline.add(start + 11ms, {100, 0, 0}, "TCP", "[192.0.2.1]:22");
    timeline.add(start + 30ms, {2000, 1500, 2}, "cipher", "3des-cbc", Worth::broken);
    return timeline;
}

TEST(TimelineTest, IsInTheOrderOfTime)
{
    auto timeline = example();
    ASSERT_EQ(timeline.entries().size(), 4u);
    EXPECT_EQ(timeline.entries()[1].what, "TCP");
    EXPECT_EQ(timeline.entries()[2].what, "version");
}

TEST(TimelineTest, HasABoundAndKeepsTheLastEntry)
{
    Timeline timeline{start, ""};
    for (int i = 0; i < 1000; ++i)
        timeline.add(start + std::chrono::milliseconds{i}, {}, "login", std::to_string(i));
    ASSERT_EQ(timeline.entries().size(), Timeline::most_entries);
    EXPECT_EQ(timeline.entries().back().detail, "999");
}

TEST(TimelineTest, ReadsAsATable)
{
    EXPECT_EQ(timeline_text(example()), "Timeline of joe@example.org\n"
                                        "        ms  trips     sent  received\n"
                                        "       1.5      0        0         0  name          192.0.2.1\n"
                                        "      11.0      0      100         0  TCP           [192.0.2.1]:22\n"
                                        "      12.0      1      100        40  version       SSH-2.0-<&\"> \n"
                                        "      30.0      2     2000      1500  cipher        3des-cbc (broken)\n");
}

TEST(TimelineTest, ThePageShowsWhatWasSaidAndLetsNobodyWriteIntoIt)
{
    auto page = timeline_html(example());
    EXPECT_TRUE(page.contains("SSH-2.0-&lt;&amp;&quot;&gt;"));
    EXPECT_FALSE(page.contains("SSH-2.0-<"));
    EXPECT_TRUE(page.contains("<td class=\"broken\">broken</td>"));
    EXPECT_FALSE(page.contains("<script"));
    EXPECT_FALSE(page.contains("http"));                          // nothing is loaded from elsewhere
    EXPECT_TRUE(timeline_html(Timeline{start, ""}).contains("</html>"));
}

} // namespace
} // namespace nacre
