// A limit to what a test waits for in a loop: what never comes makes it fail, and does not keep it for ever.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "os/event_loop.h"

namespace nacre::test {

// Once the time has passed nobody can wait in that loop any more: run_until(), and all that stands on it, fails.
class Limit {
public:
    explicit Limit(EventLoop& loop, std::chrono::seconds time = std::chrono::seconds{60}) : loop_(loop), time_(time)
    {
        wait(time);
    }

private:
    void wait(std::chrono::seconds time)
    {
        timer_ = loop_.at(loop_.now() + time, [this] {
            ADD_FAILURE() << "what is waited for has not come within " << time_.count() << " seconds";
            loop_.stop();
            wait(std::chrono::seconds{1});                        // for whoever waits next
        });
    }

    EventLoop& loop_;
    std::chrono::seconds time_;
    std::unique_ptr<Timer> timer_;
};

} // namespace nacre::test
