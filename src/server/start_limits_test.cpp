#include "server/start_limits.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

using Verdict = StartLimits::Verdict;

TEST(StartLimits, RefusesAShareThatGrowsToAll)
{
    ServerOptions options;
    options.max_startups = {.begin = 2, .rate = 50, .full = 4};
    StartLimits limits{options};
    EXPECT_EQ(limits.judge("192.0.2.1", 0), Verdict::welcome);
    limits.begun("192.0.2.1");
    limits.begun("192.0.2.1");
    EXPECT_EQ(limits.judge("192.0.2.1", 49), Verdict::too_many);
    EXPECT_EQ(limits.judge("192.0.2.1", 50), Verdict::welcome);
    limits.begun("192.0.2.1");
    EXPECT_EQ(limits.judge("192.0.2.1", 74), Verdict::too_many);
    EXPECT_EQ(limits.judge("192.0.2.1", 75), Verdict::welcome);
    limits.begun("192.0.2.1");
    EXPECT_EQ(limits.judge("192.0.2.1", 99), Verdict::too_many);
    limits.over("192.0.2.1");
    limits.over("192.0.2.1");
    limits.over("192.0.2.1");
    EXPECT_EQ(limits.judge("192.0.2.1", 0), Verdict::welcome);
}

TEST(StartLimits, CountsByNetwork)
{
    ServerOptions options;
    options.per_source_max_startups = 1;
    options.per_source_net_block_size = {.ipv4 = 24, .ipv6 = 64};
    StartLimits limits{options};
    limits.begun("192.0.2.1");
    EXPECT_EQ(limits.judge("192.0.2.200", 99), Verdict::too_many_of_this_source);
    EXPECT_EQ(limits.judge("192.0.3.1", 99), Verdict::welcome);
    limits.begun("2001:db8::1");
    EXPECT_EQ(limits.judge("2001:db8::ffff", 99), Verdict::too_many_of_this_source);
    EXPECT_EQ(limits.judge("2001:db8:0:1::1", 99), Verdict::welcome);
    limits.over("192.0.2.1");
    EXPECT_EQ(limits.judge("192.0.2.200", 99), Verdict::welcome);
}

} // namespace
} // namespace nacre
