#include "os/memory.h"

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <new>
#include <stdexcept>

namespace nacre {
namespace {

TEST(Memory, ThatRunsOutEndsTheProcessWithASentence)
{
    auto end_by = [](const std::function<void()>& act) noexcept {
        say_if_memory_runs_out();
        act();
    };
    EXPECT_EXIT(end_by([] { throw std::bad_alloc{}; }), ::testing::ExitedWithCode(255), "^out of memory\n$");
    EXPECT_EXIT(end_by([] { throw std::runtime_error{"another"}; }), ::testing::KilledBySignal(SIGABRT), "");
}

} // namespace
} // namespace nacre
