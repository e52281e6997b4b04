#include "os/event_loop.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <set>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "os/fd.h"
#include "support/in_child.h"

namespace {

std::map<int, int> refusals;                                      // by operation: so many are to come
std::set<int> known_to_epoll;

// The room for a handler that it could not use.
struct LibeventMayLeak {
#ifdef __SANITIZE_ADDRESS__
    LibeventMayLeak() { __lsan_disable(); }
    ~LibeventMayLeak() { __lsan_enable(); }
#else
    LibeventMayLeak() {}
#endif
};

} // namespace

// In the place of libc's, for the whole program: a kernel that may be short of memory.
extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept
{
    if (auto& left = refusals[operation]; left > 0) {
        --left;
        errno = ENOMEM;
        return -1;
    }
    auto done = static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
    if (done == 0 && operation == EPOLL_CTL_ADD)
        known_to_epoll.insert(fd);
    if (done == 0 && operation == EPOLL_CTL_DEL)
        known_to_epoll.erase(fd);
    return done;
}

namespace nacre {
namespace {

using namespace std::chrono_literals;

struct Loop : ::testing::Test {
    void SetUp() override
    {
        refusals.clear();
        known_to_epoll.clear();
        auto made = EventLoop::create();
        ASSERT_TRUE(made);
        loop.emplace(*std::move(made));
        auto two = make_pipe();
        ASSERT_TRUE(two);
        pipe = *std::move(two);
    }
    std::optional<EventLoop> loop;
    Pipe pipe;
};

TEST_F(Loop, ReportsWhatIsWanted)
{
    Ready seen;
    auto reader = loop->watch(pipe.reader.number(), {.readable = true}, [&](Ready ready) { seen = ready; });
    loop->poll();
    EXPECT_EQ(seen, Ready{});
    ASSERT_TRUE(write_all(pipe.writer.number(), as_bytes("x")));
    loop->run_once();
    EXPECT_EQ(seen, (Ready{.readable = true}));
}

TEST_F(Loop, APausedWatchIsSilentAndWakesAgain)
{
    int calls = 0;
    auto writer = loop->watch(pipe.writer.number(), {.writable = true}, [&](Ready) { ++calls; });
    loop->poll();
    EXPECT_EQ(calls, 1);
    writer->set({});
    loop->poll();
    EXPECT_EQ(calls, 1);
    writer->set({.writable = true});
    loop->poll();
    EXPECT_EQ(calls, 2);
}

TEST_F(Loop, HangUpReadsAsReadable)
{
    bool seen = false;
    auto reader = loop->watch(pipe.reader.number(), {.readable = true}, [&](Ready ready) { seen = ready.readable; });
    pipe.writer.close();
    loop->run_once();
    EXPECT_TRUE(seen);
}

TEST_F(Loop, AWatchMayDestroyItselfWhileItRuns)
{
    int calls = 0;
    std::unique_ptr<Watch> writer;
    auto kept_alive_by_the_function = std::make_shared<int>(5);
    writer = loop->watch(pipe.writer.number(), {.writable = true}, [&, token = kept_alive_by_the_function](Ready) {
        writer.reset();
        calls += *token;                                          // the function outlives its watch
    });
    kept_alive_by_the_function.reset();
    loop->poll();
    loop->poll();
    EXPECT_EQ(calls, 5);
}

TEST_F(Loop, AWatchDestroyedByAnotherInTheSameRoundStaysSilent)
{
    auto other = make_pipe();
    ASSERT_TRUE(other);
    std::unique_ptr<Watch> first;
    std::unique_ptr<Watch> second;
    int calls = 0;
    first = loop->watch(pipe.writer.number(), {.writable = true}, [&](Ready) { ++calls, second.reset(), first.reset(); });
    second = loop->watch(other->writer.number(), {.writable = true}, [&](Ready) { ++calls, first.reset(), second.reset(); });
    loop->poll();
    loop->poll();
    EXPECT_EQ(calls, 1);
}

TEST_F(Loop, BothDirectionsOfOneSocket)
{
    auto pair = make_socket_pair();
    ASSERT_TRUE(pair);
    ASSERT_TRUE(write_all(pair->theirs.number(), as_bytes("x")));
    bool readable = false;
    bool writable = false;
    auto both = loop->watch(pair->ours.number(), {true, true}, [&](Ready ready) {
        readable = readable || ready.readable;
        writable = writable || ready.writable;
    });
    loop->poll();
    EXPECT_TRUE(readable && writable);
    both->set({.readable = true});
    writable = false;
    loop->poll();
    EXPECT_FALSE(writable);
}

TEST_F(Loop, FilesAndTheNullDeviceAreAlwaysReady)
{
    std::string name = "/tmp/nacre-loop-XXXXXX";
    Fd file{::mkstemp(name.data())};
    auto null = open_null_device();
    ASSERT_TRUE(file.is_open() && null);
    ::unlink(name.c_str());
    for (int fd : {file.number(), null->number()}) {
        int calls = 0;
        Ready seen;
        auto watch = loop->watch(fd, {.readable = true}, [&](Ready ready) { ++calls, seen = ready; });
        loop->run_once();
        loop->run_once();
        EXPECT_EQ(calls, 2);
        EXPECT_EQ(seen, (Ready{.readable = true}));
        watch->set({});
        loop->poll();
        EXPECT_EQ(calls, 2);
        watch->set({true, true});
        loop->run_once();
        EXPECT_EQ(seen, (Ready{true, true}));
    }
}

TEST_F(Loop, AlwaysReadyDoesNotStarveTheOthers)
{
    auto null = open_null_device();
    ASSERT_TRUE(null);
    int busy = 0;
    auto file = loop->watch(null->number(), {.readable = true}, [&](Ready) { ++busy; });
    auto writer = loop->watch(pipe.writer.number(), {.writable = true}, [&](Ready) { loop->stop(); });
    loop->run();
    EXPECT_LE(busy, 2);
}

TEST_F(Loop, TimersFireOnceInOrderAndNeverEarly)
{
    std::string order;
    auto start = loop->now();
    TimePoint fired;
    auto late = loop->at(start + 30ms, [&] { order += "b", fired = loop->now(); });
    auto soon = loop->at(start + 5ms, [&] { order += "a"; });
    auto past = loop->at(start - 1h, [&] { order += "0"; });
    auto gone = loop->at(start + 10ms, [&] { order += "x"; });
    gone.reset();
    loop->run();                                                  // ends by itself: nothing is left
    EXPECT_EQ(order, "0ab");
    EXPECT_GE(fired, start + 30ms);
}

TEST_F(Loop, ATimerMayReplaceItself)
{
    int calls = 0;
    std::unique_ptr<Timer> timer;
    std::function<void()> again = [&] {
        if (++calls < 3)
            timer = loop->at(loop->now(), again);
    };
    timer = loop->at(loop->now(), again);
    loop->run();
    EXPECT_EQ(calls, 3);
}

TEST_F(Loop, SignalsBecomeCalls)
{
    int calls = 0;
    auto watch = loop->on_signal(SIGUSR1, [&] { ++calls, loop->stop(); });
    ::raise(SIGUSR1);
    loop->run();
    EXPECT_EQ(calls, 1);
}

TEST_F(Loop, EpollIsAskedAgainAfterItHadNoMemory)
{
    refusals[EPOLL_CTL_ADD] = 3;
    auto writer = loop->watch(pipe.writer.number(), {.writable = true}, [&](Ready) { loop->stop(); });
    bool in_time = true;
    auto limit = loop->at(loop->now() + 10s, [&] { in_time = false, loop->stop(); });
    loop->run();
    EXPECT_TRUE(in_time);
    EXPECT_EQ(refusals[EPOLL_CTL_ADD], 0);
}

// A watch that is paused or gone, of which epoll would go on telling, keeps the loop busy for nothing.
TEST_F(Loop, EpollIsMadeToForgetWhatItWouldNotForget)
{
    int calls = 0;
    int fd = pipe.writer.number();
    auto writer = loop->watch(fd, {.writable = true}, [&](Ready) { ++calls; });
    refusals[EPOLL_CTL_DEL] = 1;
    writer->set({});
    EXPECT_FALSE(known_to_epoll.contains(fd));

    writer->set({.writable = true});
    refusals[EPOLL_CTL_DEL] = 5;                                  // for longer
    writer->set({});
    loop->poll();
    EXPECT_EQ(calls, 0);
    auto limit = loop->at(loop->now() + 10s, [&] { loop->stop(); });
    while (known_to_epoll.contains(fd) && loop->run_once()) {
    }
    EXPECT_FALSE(known_to_epoll.contains(fd));

    writer->set({.writable = true});
    loop->poll();
    EXPECT_EQ(calls, 1);
    refusals[EPOLL_CTL_DEL] = 1;
    writer.reset();
    EXPECT_FALSE(known_to_epoll.contains(fd));
}

TEST_F(Loop, ASignalIsHeardThoughEpollHadNoMemoryAtFirst)
{
    int calls = 0;
    refusals[EPOLL_CTL_ADD] = 1;
    LibeventMayLeak scope;
    auto watch = loop->on_signal(SIGUSR1, [&] { ++calls, loop->stop(); });
    auto other = loop->on_signal(SIGUSR2, [] {});                 // epoll takes libevent's pipe now
    ::raise(SIGUSR1);
    loop->run();
    EXPECT_EQ(calls, 1);
    watch.reset();
    struct sigaction after {};
    ::sigaction(SIGUSR1, nullptr, &after);
    EXPECT_EQ(after.sa_handler, SIG_DFL);
}

TEST_F(Loop, AStopEndsWhateverIsAtWorkAndIsHeededOnce)
{
    bool over = false, nested_refused = false;
    auto stops = loop->at(loop->now(), [&] {
        nested_refused = !loop->run_until([] { return false; }) && !loop->expect_idle();
        loop->stop();
    });
    auto ends = loop->at(loop->now() + 1ms, [&] { over = true; });
    auto waited = loop->run_until([] { return false; });
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().os_error, ECANCELED);
    EXPECT_TRUE(nested_refused);
    EXPECT_TRUE(loop->expect_idle());
    EXPECT_TRUE(loop->run_until([&] { return over; }));
    EXPECT_FALSE(loop->run_until([] { return false; }));          // nothing is left
}

TEST_F(Loop, StopBeforeRunIsKept)
{
    auto reader = loop->watch(pipe.reader.number(), {.readable = true}, [](Ready) {});
    loop->stop();
    loop->run();                                                  // would wait for ever
    EventLoop moved = std::move(*loop);
    ASSERT_TRUE(write_all(pipe.writer.number(), as_bytes("x")));
    moved.run_once();
    reader.reset();
}

// As libevent would end the process.
TEST(LoopWithoutDescriptors, IsAnErrorThatSaysSo)
{
    for (unsigned spare = 0; spare <= 3; ++spare) {
        auto end = test::in_child([&] {
            int next = ::dup(0);
            rlimit few{static_cast<rlim_t>(next) + spare, static_cast<rlim_t>(next) + spare};
            if (next < 0 || ::close(next) < 0 || ::setrlimit(RLIMIT_NOFILE, &few) < 0)
                return 2;
            auto made = EventLoop::create();
            return !made && made.error().os_error == EMFILE && made.error().what.contains("ulimit -n") ? 0 : 3;
        });
        EXPECT_EQ(end, 0) << spare;
    }
}

TEST_F(Loop, ThatWasMovedFromIsNoLoop)
{
    EventLoop moved = std::move(*loop);
    EXPECT_DEATH((void)loop->at(moved.now(), [] {}), "broken contract");
    EXPECT_DEATH((void)loop->watch(pipe.reader.number(), {.readable = true}, [](Ready) {}), "broken contract");
}

} // namespace
} // namespace nacre
