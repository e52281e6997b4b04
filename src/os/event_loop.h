// One loop per process: descriptors, timers and signals become calls of small functions.
//
// A registration lives as long as the object that was returned for it; once destroyed (also by
// its own function, while it runs) it never fires again.  Destroy a Watch before its descriptor
// is closed.  After creation the loop needs only epoll_wait, epoll_ctl, clock_gettime and
// memory, so that it works in a confined process.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "base/time.h"

struct event_base;

namespace nacre {

struct Ready {                                                    // what a descriptor is ready for, or is watched for
    bool readable = false;                                        // or at its end, or broken
    bool writable = false;                                        // or broken

    bool any() const { return readable || writable; }             // for anything at all
    friend bool operator==(const Ready&, const Ready&) = default;
};

class Watch {                                                     // a descriptor that is watched, as long as this lives
public:
    virtual ~Watch() = default;
    virtual void set(Ready wanted) = 0;                           // cheap where nothing changes; {} pauses
    virtual Ready wanted() const = 0;                             // as last set
};

class Timer {                                                     // a moment that is waited for, as long as this lives
public:
    virtual ~Timer() = default;
};

class SignalWatch {                                               // a signal that is waited for, as long as this lives
public:
    virtual ~SignalWatch() = default;
};

class EventLoop {                                                 // must outlive everything that is registered with it
public:
    static Result<EventLoop> create();                            // fails when descriptors or memory run out
    // To be moved only while nobody uses it: who has a reference to it, or something registered with it, does not follow.
    // Using the one that was moved from breaks the contract.
    EventLoop(EventLoop&&) noexcept;
    EventLoop& operator=(EventLoop&&) noexcept;
    ~EventLoop();                                                 // after everything registered with it

    // Level-triggered.  Reading and writing may be reported in one call or in two.  What the kernel
    // cannot poll (regular files, /dev/null) is ready in every round.
    [[nodiscard]] std::unique_ptr<Watch> watch(int fd, Ready wanted, std::function<void(Ready)> on_ready);
    // Once, never early; a moment that has passed means the next round.
    [[nodiscard]] std::unique_ptr<Timer> at(TimePoint when, std::function<void()> on_time);
    // In one loop of a process only.
    [[nodiscard]] std::unique_ptr<SignalWatch> on_signal(int signal, std::function<void()> on_arrival);

    void run();                                                   // until stop(), or nothing is left to wait for
    // Waits for something and handles what is ready.  False: there is nothing to wait for, or the loop is running already.
    bool run_once();
    void poll();                                                  // handles what is ready, without waiting
    // Works until `done` says true.  The errors: stop() was called (ECANCELED), nothing is left to wait for, or the loop is
    // running already: whoever asks has been called by it.
    Result<void> run_until(const std::function<bool()>& done);
    Result<void> expect_idle() const;                             // the last of these errors, if it would come
    // Ends run() or run_until(), whichever is at work; else the next one, at once.
    void stop();
    TimePoint now() const;                                        // the clock of every TimePoint here

private:
    struct FreeBase {
        void operator()(event_base* base) const;
    };
    explicit EventLoop(event_base* base) : base_(base) {}
    bool work(int flags);                                         // False: there is nothing to wait for, or it works already

    std::unique_ptr<event_base, FreeBase> base_;
    bool stop_asked_ = false;
    bool working_ = false;
};

} // namespace nacre
