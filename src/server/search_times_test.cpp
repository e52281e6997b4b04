#include "server/search_times.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nacre {
namespace {

using std::chrono::milliseconds;

TEST(SearchTimes, WhoTookLongerCountsAtOnceAndIsForgottenSlowly)
{
    SearchTimes times{SearchTimes::make_memory().value().number()};
    EXPECT_EQ(times.lately(), Duration{0});
    times.took(milliseconds{10});
    times.took(milliseconds{90});
    EXPECT_EQ(times.lately(), milliseconds{90});
    times.took(milliseconds{10});
    EXPECT_EQ(times.lately(), milliseconds{80});
    for (int i = 0; i < 100; ++i)
        times.took(milliseconds{10});
    EXPECT_GE(times.lately(), milliseconds{10});
    EXPECT_LT(times.lately(), milliseconds{11});
}

TEST(SearchTimes, NobodyWaitsForeverBecauseSomebodyDid)
{
    SearchTimes times{SearchTimes::make_memory().value().number()};
    times.took(std::chrono::hours{1});
    EXPECT_EQ(times.lately(), SearchTimes::longest);
}

TEST(SearchTimes, WithoutMemoryNothingIsRemembered)
{
    SearchTimes times{-1};
    times.took(milliseconds{10});
    EXPECT_EQ(times.lately(), Duration{0});
}

TEST(SearchTimes, AreSharedByAllWhoHaveTheMemory)
{
    auto memory = SearchTimes::make_memory().value();
    SearchTimes times{memory.number()};
    auto pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
        SearchTimes{memory.number()}.took(milliseconds{70});
        ::_exit(0);
    }
    int status = 1;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(times.lately(), milliseconds{70});
}

} // namespace
} // namespace nacre
