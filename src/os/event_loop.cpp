// libevent's part in this is small: embedded `struct event`s, two per watched descriptor, so that
// changing the interest is one epoll_ctl and never a rebuilding.
#include "os/event_loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <utility>

#include "base/contract.h"
#include "os/fd.h"
#include "os/system_error.h"

namespace nacre {
namespace {

// A function that may destroy its own holder while it runs.
template <class... Args>
class Callee {
public:
    explicit Callee(std::function<void(Args...)> function) : function_(std::move(function)) {}
    Callee(const Callee&) = delete;
    Callee& operator=(const Callee&) = delete;
    ~Callee()
    {
        if (destroyed_ != nullptr)
            *destroyed_ = true;
    }

    // False: the holder is gone; touch nothing of it.
    bool call(Args... args)
    {
        bool destroyed = false;
        destroyed_ = &destroyed;
        auto running = std::move(function_);
        running(args...);
        if (destroyed)
            return false;
        destroyed_ = nullptr;
        function_ = std::move(running);
        return true;
    }

private:
    std::function<void(Args...)> function_;
    bool* destroyed_ = nullptr;
};

timeval to_timeval(Duration span)
{
    // Rounded up, since early is wrong and late is not; a year is as good as never.
    auto limited = std::clamp(span, Duration::zero(), std::chrono::duration_cast<Duration>(std::chrono::hours{24 * 365}));
    auto micros = std::chrono::ceil<std::chrono::microseconds>(limited).count();
    return {static_cast<time_t>(micros / 1'000'000), static_cast<suseconds_t>(micros % 1'000'000)};
}

// The kernel is short of memory: what it refused is asked for once more a little later.
void ask_again(event& later)
{
    timeval soon{0, 50'000};
    event_add(&later, &soon);
}

class LibeventWatch final : public Watch {
public:
    LibeventWatch(event_base* base, int fd, std::function<void(Ready)> on_ready) : on_ready_(std::move(on_ready))
    {
        event_assign(&read_, base, fd, EV_READ | EV_PERSIST, fired, this);
        event_assign(&write_, base, fd, EV_WRITE | EV_PERSIST, fired, this);
        event_assign(&next_round_, base, -1, 0, next_round, this);
    }

    ~LibeventWatch() override
    {
        (void)follow(read_, followed_.readable, false);
        (void)follow(write_, followed_.writable, false);
        event_del(&read_);
        event_del(&write_);
        event_del(&next_round_);
    }

    void set(Ready wanted) override
    {
        wanted_ = wanted;
        if (pollable_)
            follow();
        if (!pollable_)
            follow_without_polling();
    }

    Ready wanted() const override { return wanted_; }

private:
    void follow()
    {
        event_del(&next_round_);
        int trouble = follow(read_, followed_.readable, wanted_.readable);
        if (trouble == 0)
            trouble = follow(write_, followed_.writable, wanted_.writable);
        pollable_ = trouble != EPERM;
        if (trouble == 0 || !pollable_)
            return;
        ask_again(next_round_);
    }

    // An errno, or 0: `was` is what `is` was to be.
    static int follow(event& which, bool& was, bool is)
    {
        if (is == was)
            return 0;
        if (is ? event_add(&which, nullptr) != 0 : !forget(which) && !forget(which))
            return errno;
        was = is;
        return 0;
    }

    // libevent takes a descriptor for forgotten even if epoll has not forgotten it, and would tell of it in every round: then
    // it is made known again first.
    static bool forget(event& which)
    {
        bool known = event_pending(&which, EV_READ | EV_WRITE, nullptr) != 0 || event_add(&which, nullptr) == 0;
        return known && event_del(&which) == 0;
    }

    // epoll refuses files and the like (EPERM).  They never make anyone wait, so: ready in the next round.
    void follow_without_polling()
    {
        event_del(&read_);
        event_del(&write_);
        if (!wanted_.any()) {
            event_del(&next_round_);
            return;
        }
        timeval now{0, 0};
        event_add(&next_round_, &now);
    }

    static void fired(evutil_socket_t, short what, void* self)
    {
        auto& watch = *static_cast<LibeventWatch*>(self);
        // More than is wanted where epoll has not been told yet.
        Ready ready{(what & EV_READ) != 0 && watch.wanted_.readable, (what & EV_WRITE) != 0 && watch.wanted_.writable};
        if (ready.any())
            watch.on_ready_.call(ready);
    }

    static void next_round(evutil_socket_t, short, void* self)
    {
        auto& watch = *static_cast<LibeventWatch*>(self);
        if (watch.pollable_)
            watch.set(watch.wanted_);
        else if (watch.on_ready_.call(watch.wanted_))
            watch.follow_without_polling();
    }

    event read_{};
    event write_{};
    event next_round_{};
    Ready wanted_;
    Ready followed_;                                              // what epoll has been told
    bool pollable_ = true;
    Callee<Ready> on_ready_;
};

class LibeventTimer final : public Timer {
public:
    LibeventTimer(event_base* base, TimePoint when, std::function<void()> on_time)
        : when_(when), on_time_(std::move(on_time))
    {
        event_assign(&timeout_, base, -1, 0, fired, this);
        wait();
    }
    ~LibeventTimer() override { event_del(&timeout_); }

private:
    void wait()
    {
        auto rest = to_timeval(when_ - std::chrono::steady_clock::now());
        event_add(&timeout_, &rest);
    }

    static void fired(evutil_socket_t, short, void* self)
    {
        auto& timer = *static_cast<LibeventTimer*>(self);
        // libevent goes by the kernel's coarse clock, which may be some milliseconds ahead of our promise.
        if (std::chrono::steady_clock::now() < timer.when_)
            timer.wait();
        else
            timer.on_time_.call();
    }

    event timeout_{};
    TimePoint when_;
    Callee<> on_time_;
};

class LibeventSignal final : public SignalWatch {
public:
    LibeventSignal(event_base* base, int signal, std::function<void()> on_arrival) : on_arrival_(std::move(on_arrival))
    {
        event_assign(&signal_, base, signal, EV_SIGNAL | EV_PERSIST, fired, this);
        event_assign(&next_try_, base, -1, 0, next_try, this);
        listen();
    }
    ~LibeventSignal() override
    {
        event_del(&signal_);
        event_del(&next_try_);
    }

private:
    // Most often the second attempt succeeds.  Until one does, the signal does what it did before: better than nothing.
    void listen()
    {
        if (!is_heard() && !is_heard())
            ask_again(next_try_);
    }

    bool is_heard()
    {
        struct sigaction before {};
        int number = event_get_signal(&signal_);
        ::sigaction(number, nullptr, &before);
        if (event_add(&signal_, nullptr) == 0)
            return true;
        ::sigaction(number, &before, nullptr);                    // libevent leaves its handler there, which nobody hears
        return false;
    }

    static void fired(evutil_socket_t, short, void* self)
    {
        static_cast<LibeventSignal*>(self)->on_arrival_.call();
    }

    static void next_try(evutil_socket_t, short, void* self) { static_cast<LibeventSignal*>(self)->listen(); }

    event signal_{};
    event next_try_{};
    Callee<> on_arrival_;
};

// libevent ends the process where there are none for it.
Result<void> check_descriptors()
{
    constexpr std::size_t pairs = 2;                              // one for signals, one for its way of waiting and to spare
    std::array<Pipe, pairs> pipes;
    for (auto& pipe : pipes) {
        auto made = make_pipe();
        if (!made && made.error().os_error == EMFILE)
            return system_failure("event loop: " + os_error_text(EMFILE) + ": ulimit -n allows too few", EMFILE);
        if (!made)
            return fail(std::move(made).error());
        pipe = *std::move(made);
    }
    return {};
}

struct FreeConfig {
    void operator()(event_config* config) const { event_config_free(config); }
};

} // namespace

void EventLoop::FreeBase::operator()(event_base* base) const
{
    event_base_free(base);
}

Result<EventLoop> EventLoop::create()
{
    // It would print to standard error that a file cannot be polled.  The function is one for all threads.  What it takes for an
    // error, though, it ends the process for.
    static std::once_flag once;
    std::call_once(once, [] {
        event_set_log_callback([](int severity, const char* what) {
            if (severity == EVENT_LOG_ERR)
                std::fprintf(stderr, "event loop: %s\n", what);
        });
    });
    TRY(check_descriptors());
    std::unique_ptr<event_config, FreeConfig> config{event_config_new()};
    if (!config)
        return system_failure("event loop: no memory", ENOMEM);
    event_config_avoid_method(config.get(), "poll");
    event_config_avoid_method(config.get(), "select");
    event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
    auto* base = event_base_new_with_config(config.get());
    if (base == nullptr)
        return errno_failure("event loop");
    return EventLoop{base};
}

EventLoop::EventLoop(EventLoop&&) noexcept = default;
EventLoop& EventLoop::operator=(EventLoop&&) noexcept = default;
EventLoop::~EventLoop() = default;

std::unique_ptr<Watch> EventLoop::watch(int fd, Ready wanted, std::function<void(Ready)> on_ready)
{
    NACRE_EXPECTS(base_);
    auto watch = std::make_unique<LibeventWatch>(base_.get(), fd, std::move(on_ready));
    watch->set(wanted);
    return watch;
}

std::unique_ptr<Timer> EventLoop::at(TimePoint when, std::function<void()> on_time)
{
    NACRE_EXPECTS(base_);
    return std::make_unique<LibeventTimer>(base_.get(), when, std::move(on_time));
}

std::unique_ptr<SignalWatch> EventLoop::on_signal(int signal, std::function<void()> on_arrival)
{
    NACRE_EXPECTS(base_);
    return std::make_unique<LibeventSignal>(base_.get(), signal, std::move(on_arrival));
}

bool EventLoop::work(int flags)
{
    NACRE_EXPECTS(base_);
    if (working_)
        return false;
    working_ = true;
    bool waited = event_base_loop(base_.get(), flags) == 0;
    working_ = false;
    return waited;
}

void EventLoop::run()
{
    if (working_)
        return;
    if (!stop_asked_)
        work(0);
    stop_asked_ = false;
}

bool EventLoop::run_once()
{
    return work(EVLOOP_ONCE);
}

Result<void> EventLoop::expect_idle() const
{
    if (working_)
        return system_failure("the event loop is running already: it cannot be waited for from inside");
    return {};
}

Result<void> EventLoop::run_until(const std::function<bool()>& done)
{
    while (!done()) {
        TRY(expect_idle());
        if (std::exchange(stop_asked_, false))
            return system_failure("the event loop was asked to stop", ECANCELED);
        if (!run_once())
            return system_failure("nothing is left that could be waited for");
    }
    return {};
}

void EventLoop::poll()
{
    // NONBLOCK alone goes on as long as anything is ready.
    work(EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

void EventLoop::stop()
{
    stop_asked_ = true;
    event_base_loopbreak(base_.get());
}

TimePoint EventLoop::now() const
{
    return std::chrono::steady_clock::now();
}

} // namespace nacre
