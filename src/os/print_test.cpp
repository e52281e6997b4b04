#include "os/print.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/in_child.h"

namespace nacre {
namespace {

// A child whose output nobody can take.
template <class Body>
int with_full_output(Body body)
{
    return test::in_child([&] {
        if (!std::freopen("/dev/full", "w", stdout) || !std::freopen("/dev/null", "w", stderr))
            return 99;
        return body();
    });
}

TEST(Print, AFullDiskIsToldAtTheEndAndStopsNothing)
{
    EXPECT_EQ(with_full_output([] {
                  for (int i = 0; i < 10000; ++i)
                      say("line {}\n", i);
                  return with_whole_output(0, 7);
              }),
              7);
}

TEST(Print, AnErrorOfTheProgramItselfCountsMore)
{
    EXPECT_EQ(with_full_output([] {
                  say("line\n");
                  return with_whole_output(3, 7);
              }),
              3);
}

TEST(Print, WholeOutputIsNoFailure)
{
    EXPECT_EQ(test::in_child([] {
                  if (!std::freopen("/dev/null", "w", stdout))
                      return 99;
                  say(stdout, "{}\n", 1);
                  return with_whole_output(0, 7);
              }),
              0);
}

} // namespace
} // namespace nacre
