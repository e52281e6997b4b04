#include "os/oom_protection.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/in_child.h"

namespace nacre {
namespace {

std::string score()
{
    std::string text;
    std::getline(std::ifstream{"/proc/self/oom_score_adj"}, text);
    return text;
}

// To be killed before others, anybody may ask for.
TEST(OutOfMemoryScore, IsWhatWasAskedFor)
{
    EXPECT_EQ(0, test::in_child([] { return set_out_of_memory_score("1000") && score() == "1000" ? 0 : 1; }));
}

TEST(OutOfMemoryScore, IsAnErrorWhenItIsNoNumber)
{
    EXPECT_EQ(0, test::in_child([] {
                  auto before = score();
                  return !set_out_of_memory_score("nonsense") && score() == before ? 0 : 1;
              }));
}

// Whether it may take itself out, the machine decides; it tells which of the two has happened.
TEST(OutOfMemoryShield, TellsTheScoreBeforeOrChangesNothing)
{
    EXPECT_EQ(0, test::in_child([] {
                  auto before = score();
                  auto told = shield_from_out_of_memory();
                  if (!told)
                      return score() == before ? 0 : 1;
                  if (score() != "-1000" || !set_out_of_memory_score(*told))
                      return 2;
                  return score() == before ? 0 : 3;
              }));
}

} // namespace
} // namespace nacre
