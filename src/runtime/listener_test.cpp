#include "runtime/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "support/limit.h"

namespace nacre {
namespace {

const SocketAddress any_port{.family = IpFamily::v4, .host = "127.0.0.1", .port = 0};

// The process has no number left for one more descriptor, as long as this lives.
class NoDescriptors {
public:
    NoDescriptors()
    {
        EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
        Fd lowest{::open("/dev/null", O_RDONLY | O_CLOEXEC)};     // all below are taken
        EXPECT_TRUE(lowest);
        auto none = before_;
        none.rlim_cur = static_cast<rlim_t>(lowest.number());
        EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    }
    ~NoDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

private:
    rlimit before_{};
};

class ListenerTest : public testing::Test {
protected:
    std::unique_ptr<Listener> listen(const SocketAddress& where = any_port)
    {
        return Listener::listen(loop, where, [this](Accepted who) { came.push_back(std::move(who)); }).value();
    }
    // Connected as far as the kernel is concerned, also while nobody accepts.
    Fd visit(const SocketAddress& where) { return connect_and_wait(where, {}, std::chrono::seconds{60}).value(); }
    // Waits until the other side has ended it.
    bool is_hung_up_on(const Fd& socket)
    {
        bool over = false;
        auto watch = loop.watch(socket.number(), {.readable = true}, [&](Ready) {
            std::array<std::uint8_t, 16> space;
            auto read = read_some(socket.number(), space);
            over = !read || read->end;
        });
        return loop.run_until([&] { return over; }).has_value();
    }

    EventLoop loop = EventLoop::create().value();
    test::Limit limit{loop};
    std::vector<Accepted> came;
};

TEST_F(ListenerTest, PortZeroIsAnyThatIsFree)
{
    auto first = listen(), second = listen();
    EXPECT_NE(first->address().port, 0);
    EXPECT_NE(first->address().port, second->address().port);
    EXPECT_EQ(first->address().host, "127.0.0.1");
    for (auto* listener : {first.get(), second.get()}) {
        came.clear();
        auto visitor = visit(listener->address());
        ASSERT_TRUE(loop.run_until([&] { return !came.empty(); }));
        EXPECT_EQ(came.front().peer, local_address(visitor.number()).value());
        EXPECT_EQ(local_address(came.front().socket.number()).value(), listener->address());
    }
}

TEST_F(ListenerTest, AnAddressThatIsTakenIsAnErrorAndWhoHasItKeepsIt)
{
    auto listener = listen();
    auto again = Listener::listen(loop, listener->address(), [](Accepted) { FAIL(); });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().os_error, EADDRINUSE);
    auto visitor = visit(listener->address());
    EXPECT_TRUE(loop.run_until([&] { return !came.empty(); }));
}

TEST_F(ListenerTest, WhereItListensIsANumber)
{
    auto named = Listener::listen(loop, {.family = IpFamily::any, .host = "localhost", .port = 0}, [](Accepted) {});
    ASSERT_FALSE(named);
    EXPECT_EQ(named.error().kind, ErrorKind::bad_input);
    auto unsaid = any_port;
    unsaid.family = IpFamily::any;
    EXPECT_EQ(listen(unsaid)->address().family, IpFamily::v4);
}

// Whoever waits behind the first is not lost in a queue that nobody looks at any more.
TEST_F(ListenerTest, WhatItCallsMayDestroyIt)
{
    std::unique_ptr<Listener> listener;
    int calls = 0;
    bool has_what_it_holds = false;
    listener = Listener::listen(loop, any_port, [&, held = std::make_shared<int>()](Accepted) {
        auto& still_holds = has_what_it_holds;                    // by what is not the function's own
        std::weak_ptr<int> of_it = held;
        ++calls;
        listener.reset();
        still_holds = !of_it.expired();
    }).value();
    std::vector<Fd> visitors;
    for (int i = 0; i < 3; ++i)
        visitors.push_back(visit(listener->address()));
    for (auto& visitor : visitors)
        EXPECT_TRUE(is_hung_up_on(visitor));
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(has_what_it_holds);
    EXPECT_FALSE(listener);
}

TEST_F(ListenerTest, OneThatIsGoneHangsUpOnWhoeverWaits)
{
    auto listener = listen();
    auto visitor = visit(listener->address());
    listener.reset();
    EXPECT_TRUE(is_hung_up_on(visitor));
    EXPECT_TRUE(came.empty());
}

// And the loop has a rest meanwhile, instead of being told in every round that somebody is there.
TEST_F(ListenerTest, WhereDescriptorsRunOutWhoeverComesWaits)
{
    auto listener = listen(), gives_up = listen();
    auto visitor = visit(listener->address()), unlucky = visit(gives_up->address());
    {
        NoDescriptors none;
        auto began = loop.now();
        for (int round = 0; round < 8; ++round)
            ASSERT_TRUE(loop.run_once());
        EXPECT_GE(loop.now() - began, std::chrono::milliseconds{50});
        EXPECT_TRUE(came.empty());
        gives_up.reset();
    }
    ASSERT_TRUE(loop.run_until([&] { return !came.empty(); }));
    EXPECT_EQ(came.front().peer, local_address(visitor.number()).value());
    EXPECT_TRUE(is_hung_up_on(unlucky));
    auto next = visit(listener->address());
    EXPECT_TRUE(loop.run_until([&] { return came.size() == 2; }));
}

} // namespace
} // namespace nacre
