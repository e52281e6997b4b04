#include "os/background_resolve.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

namespace nacre {
namespace {

// Many at a time, so that a build with the thread sanitizer sees threads that meet.
constexpr int many = 48;

TEST(BackgroundResolve, EachAnswerComesOnceAndFromTheLoop)
{
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    std::vector<std::unique_ptr<Lookup>> lookups;
    std::vector<int> answers(many);
    int open = many;
    bool is_running = false;
    for (int i = 0; i < many; ++i) {
        auto lookup = resolve_in_background(*loop, {.host = "127.0.0.1", .port = static_cast<std::uint16_t>(1 + i)},
                                            [&, i](Result<Resolved> resolved) {
                                                EXPECT_TRUE(is_running);
                                                ASSERT_TRUE(resolved);
                                                EXPECT_EQ(resolved->addresses[0].port, 1 + i);
                                                ++answers[static_cast<std::size_t>(i)];
                                                if (--open == 0)
                                                    loop->stop();
                                            });
        ASSERT_TRUE(lookup) << lookup.error().what;
        lookups.push_back(std::move(*lookup));
    }
    is_running = true;
    loop->run();
    EXPECT_EQ(answers, std::vector<int>(many, 1));
}

TEST(BackgroundResolve, AFailureIsAnAnswer)
{
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    bool has_failed = false;
    auto lookup = resolve_in_background(*loop, {.host = "not an address", .numeric_only = true}, [&](Result<Resolved> resolved) {
        has_failed = !resolved;
        loop->stop();
    });
    ASSERT_TRUE(lookup);
    loop->run();
    EXPECT_TRUE(has_failed);
}

TEST(BackgroundResolve, WhoWaitsIsAnsweredToo)
{
    for (auto patience : {std::optional<Duration>{}, std::optional<Duration>{std::chrono::hours{1}}}) {
        auto resolved = resolve_within(patience, {.host = "127.0.0.1", .port = 7});
        ASSERT_TRUE(resolved);
        EXPECT_EQ(resolved->addresses[0].port, 7);
        EXPECT_FALSE(resolve_within(patience, {.host = "not an address", .numeric_only = true}));
    }
}

TEST(BackgroundResolve, WhoLetsGoIsNotAnswered)
{
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    for (int i = 0; i < many; ++i)
        (void)resolve_in_background(*loop, {.host = "localhost"}, [](Result<Resolved>) { ADD_FAILURE() << "answered"; });
    auto last = resolve_in_background(*loop, {.host = "localhost"}, [&](Result<Resolved> resolved) {
        EXPECT_TRUE(resolved);
        loop->stop();
    });
    ASSERT_TRUE(last) << last.error().what;
    loop->run();
}

TEST(BackgroundResolve, AnAnswerMayLetGoOfItsLookup)
{
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    std::unique_ptr<Lookup> lookup;
    auto started = resolve_in_background(*loop, {.host = "127.0.0.1"}, [&](Result<Resolved>) {
        lookup.reset();
        loop->stop();
    });
    ASSERT_TRUE(started);
    lookup = std::move(*started);
    loop->run();
    EXPECT_FALSE(lookup);
}

} // namespace
} // namespace nacre
